package io.modelmill.proto;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import java.io.DataInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ByteCodeTest {
    /** Class-file version of Java 17: what the backends that use the stubs may still run on. */
    private static final int JAVA_17 = 61;

    @Test
    void stubsRunOnJava17() throws IOException {
        try (DataInputStream stub = new DataInputStream(
                GRPCInferenceServiceGrpc.class.getResourceAsStream("GRPCInferenceServiceGrpc.class"))) {
            assertThat(stub.readInt()).isEqualTo(0xCAFEBABE);
            stub.readUnsignedShort();
            assertThat(stub.readUnsignedShort()).isLessThanOrEqualTo(JAVA_17);
        }
    }
}
