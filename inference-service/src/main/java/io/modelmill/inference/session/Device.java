package io.modelmill.inference.session;

/** Where graphs run. */
public enum Device {
    /** The machine's processors. */
    CPU,
    /** The first CUDA device; needs the build with the profile {@code cuda}. */
    CUDA
}
