package io.modelmill.fleet.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProcessRefTest {
    private final ProcessRef self = ProcessRef.of(ProcessHandle.current());

    @Test
    void findsTheProcessAgainByItsText() {
        assertThat(ProcessRef.parse(self.toString()).find()).contains(ProcessHandle.current());
    }

    @Test
    void findsNoOtherProcessThatGotTheSameNumber() {
        ProcessRef earlier = new ProcessRef(self.pid(), self.start().minus(Duration.ofMinutes(1)));

        assertThat(earlier.find()).isEmpty();
    }

    @Test
    void refusesTextThatIsNoReference() {
        assertThatThrownBy(() -> ProcessRef.parse("42"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("process: \"42\" (expected: PID@MILLISECONDS)");
    }
}
