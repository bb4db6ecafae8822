package io.modelmill.registry.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FramesTest {
    @Test
    void givesMessagesBackInOrder() throws Exception {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Frames.write(output, new byte[0]);
        Frames.write(output, new byte[] {1, 2});
        ByteArrayInputStream input = new ByteArrayInputStream(output.toByteArray());

        assertThat(Frames.read(input))
                .hasValueSatisfying(message -> assertThat(message).isEmpty());
        assertThat(Frames.read(input))
                .hasValueSatisfying(message -> assertThat(message).containsExactly(1, 2));
        assertThat(Frames.read(input)).isEmpty();
    }

    @Test
    void refusesAllElse() throws Exception {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Frames.write(output, new byte[] {1, 2});
        byte[] message = output.toByteArray();
        for (int length = 1; length < message.length; length++) {
            byte[] cut = Arrays.copyOf(message, length);
            assertThatThrownBy(() -> Frames.read(new ByteArrayInputStream(cut))).isInstanceOf(EOFException.class);
        }
        message[4] = 1;
        assertThatThrownBy(() -> Frames.read(new ByteArrayInputStream(message)))
                .isInstanceOf(IOException.class)
                .hasMessage("a message of 16777218 bytes (expected: 0 to 4194304)");
        message[0] = 'x';
        assertThatThrownBy(() -> Frames.read(new ByteArrayInputStream(message)))
                .isInstanceOf(IOException.class)
                .hasMessage("mark 784d5631 (expected: 4d4d5631)");
    }
}
