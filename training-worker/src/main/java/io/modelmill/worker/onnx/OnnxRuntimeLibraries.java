package io.modelmill.worker.onnx;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import org.bytedeco.javacpp.Loader;

/**
 * Where ONNX Runtime's native libraries lie. By itself it unpacks 28 MB into a new temporary folder at each start, which
 * a process that is killed leaves behind: here they go once into the cache that the trainer's natives use.
 */
final class OnnxRuntimeLibraries {
    private static final String FOLDER = "/ai/onnxruntime/native/linux-x64/";
    private static final String PATH_PROPERTY = "onnxruntime.native.path";

    private OnnxRuntimeLibraries() {}

    /** To be called before ONNX Runtime is touched. On another platform ONNX Runtime unpacks as it always does. */
    static void unpack() throws IOException {
        if (System.getProperty(PATH_PROPERTY) != null) {
            return;
        }
        URL core = OnnxRuntimeLibraries.class.getResource(FOLDER + "libonnxruntime.so");
        URL bridge = OnnxRuntimeLibraries.class.getResource(FOLDER + "libonnxruntime4j_jni.so");
        boolean here = System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
        if (!here || core == null || bridge == null) {
            return;
        }
        Loader.cacheResource(core);
        File unpacked = Loader.cacheResource(bridge);
        System.setProperty(PATH_PROPERTY, unpacked.getParent());
    }
}
