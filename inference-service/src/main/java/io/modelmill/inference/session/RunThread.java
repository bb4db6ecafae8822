package io.modelmill.inference.session;

/**
 * What belongs to one run thread.
 *
 * @param arenas of ONNX Runtime on its device, in the words of the run option that makes them give memory back
 */
record RunThread(RunMemory memory, String arenas) {}
