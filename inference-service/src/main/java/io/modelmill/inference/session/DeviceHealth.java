package io.modelmill.inference.session;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Whether the device still works. Some failures of CUDA stay with the process: every later call on the device fails, and
 * only a new process can use it again. After such a one this replica is neither ready nor alive, so that calls go
 * elsewhere and it is started anew. A processor does not fail that way.
 */
public final class DeviceHealth {
    private static final Logger LOG = Logger.getLogger(DeviceHealth.class);

    /** Before it stand the names of nodes, which the graph's author chooses. */
    private static final String OWN_WORDS = "Status Message:";

    private static final Pattern CUDA = Pattern.compile("CUDA failure (\\d+)");
    /**
     * Of cudaError: no device, illegal address, launch timeout, assert, hardware stack, illegal and misaligned
     * instructions and addresses, launch failure, ECC and NVLink errors, system, unknown. Others, such as 2, out of memory,
     * end with their run.
     */
    private static final Set<Integer> LASTING =
            Set.of(3, 46, 100, 214, 220, 700, 702, 710, 714, 715, 716, 717, 718, 719, 802, 999);

    private static final Pattern LIBRARIES = Pattern.compile(
            "CU(BLAS|DNN) failure \\d+: CU(BLAS|DNN)_STATUS_(EXECUTION_FAILED|INTERNAL_ERROR|MAPPING_ERROR|NOT_INITIALIZED)");

    private final Device device;
    private volatile @Nullable String failure;

    DeviceHealth(Device device) {
        this.device = device;
    }

    /** What made the device useless; empty as long as it works. */
    public Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    boolean isFailed() {
        return failure != null;
    }

    /** Takes note of a failed run or load. */
    void observe(OrtException failed) {
        if (device == Device.CPU || failure != null || !isLasting(failed)) {
            return;
        }
        failure = RunFailure.firstLine(String.valueOf(failed.getMessage()));
        LOG.fatal("the device failed for good: this replica is not ready any more and should be started anew", failed);
    }

    private static boolean isLasting(OrtException failed) {
        if (failed.getCode() == OrtErrorCode.ORT_DEVICE_RESET) {
            return true;
        }
        String message = String.valueOf(failed.getMessage());
        String words = message.substring(Math.max(0, message.lastIndexOf(OWN_WORDS)));
        Matcher cuda = CUDA.matcher(words);
        while (cuda.find()) {
            if (cuda.group(1).length() <= 4 && LASTING.contains(Integer.parseInt(cuda.group(1)))) {
                return true;
            }
        }
        return LIBRARIES.matcher(words).find();
    }
}
