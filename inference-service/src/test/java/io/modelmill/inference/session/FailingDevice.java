package io.modelmill.inference.session;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import io.modelmill.inference.fixture.Configurations;
import java.util.Map;

/** Sessions on a processor whose device fails on demand as a CUDA device does. */
public final class FailingDevice {
    private final DeviceHealth health = new DeviceHealth(Device.CUDA);
    private final Sessions sessions = new Sessions(Configurations.of(SessionConfig.class, Map.of()), health);

    public Sessions sessions() {
        return sessions;
    }

    public void fail() {
        health.observe(new OrtException(
                OrtErrorCode.ORT_FAIL,
                "Non-zero status code returned while running MatMul node. Name:'m' Status Message: CUDA failure 700: an"
                        + " illegal memory access was encountered ; GPU=0 ; hostname=h ; file=f ; line=1 ; expr=e"));
    }
}
