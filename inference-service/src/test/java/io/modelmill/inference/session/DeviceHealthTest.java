package io.modelmill.inference.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.InferenceReason;
import io.modelmill.servicekit.error.ServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceHealthTest {
    private static final String NODE =
            "Non-zero status code returned while running Conv node. Name:'c' Status Message: ";

    private final DeviceHealth cuda = new DeviceHealth(Device.CUDA);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; hostname=h",
                "CUDA failure 719: unspecified launch failure ; GPU=0 ; hostname=h",
                "CUDA failure 214: uncorrectable ECC error encountered ; GPU=0 ; hostname=h",
                "CUBLAS failure 13: CUBLAS_STATUS_EXECUTION_FAILED ; GPU=0 ; hostname=h",
                "CUDNN failure 5000: CUDNN_STATUS_EXECUTION_FAILED ; GPU=0 ; hostname=h",
            })
    void endsWithFailuresThatStay(String words) {
        cuda.observe(new OrtException(OrtErrorCode.ORT_FAIL, NODE + words));

        assertThat(cuda.failure()).hasValueSatisfying(why -> assertThat(why).contains(words));
    }

    @Test
    void endsWithTheDevicesReset() {
        cuda.observe(new OrtException(OrtErrorCode.ORT_DEVICE_RESET, "the device was reset"));

        assertThat(cuda.failure()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CUDA failure 2: out of memory ; GPU=0 ; hostname=h",
                "CUDA failure 9: invalid configuration argument ; GPU=0 ; hostname=h",
                "CUDA failure 70000000000: no such error",
                "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; hostname=h",
                "CUDNN failure 3000: CUDNN_STATUS_NOT_SUPPORTED ; GPU=0 ; hostname=h",
                "indices element out of data bounds, idx=9 must be within the inclusive range [-4,3]",
                "",
            })
    void survivesFailuresOfOneRun(String words) {
        cuda.observe(new OrtException(OrtErrorCode.ORT_FAIL, NODE + words));

        assertThat(cuda.failure()).isEmpty();
    }

    @Test
    void doesNotBelieveTheNamesOfNodes() {
        cuda.observe(
                new OrtException(
                        OrtErrorCode.ORT_FAIL,
                        "Non-zero status code returned while running Gather node. Name:'CUDA failure 700: x' Status Message: idx=9"));

        assertThat(cuda.failure()).isEmpty();
    }

    @Test
    void survivesAnythingOnAProcessor() {
        DeviceHealth cpu = new DeviceHealth(Device.CPU);

        cpu.observe(new OrtException(OrtErrorCode.ORT_FAIL, NODE + "CUDA failure 700: x"));

        assertThat(cpu.failure()).isEmpty();
    }

    @Test
    void sendsCallersElsewhereAfterIt(@TempDir Path folder) throws Exception {
        FailingDevice device = new FailingDevice();
        ModelSession session =
                device.sessions().open(Files.write(folder.resolve("m.onnx"), TestGraphs.perceptron(1, 1, 1)), "test");
        InputTensor input = new InputTensor(
                "x", Datatype.FP32, List.of(1L, 1L), new TensorContent.Elements(4, buffer -> buffer.putFloat(1)));
        session.run(0, List.of(input), List.of("y"), new Termination()).close();

        device.fail();

        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> session.run(0, List.of(input), List.of("y"), new Termination()))
                .satisfies(refused -> {
                    assertThat(refused.reason()).isEqualTo(InferenceReason.REPLICA_NOT_READY);
                    assertThat(refused.retryAfter()).isPresent();
                });
        session.retire();
    }

    @Test
    void isNotAliveAfterIt() {
        FailingDevice device = new FailingDevice();
        DeviceLivenessCheck check = new DeviceLivenessCheck(device.sessions());
        assertThat(check.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);

        device.fail();

        assertThat(check.call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(check.call().getData())
                .hasValueSatisfying(data -> assertThat(data).containsKey("failure"));
    }
}
