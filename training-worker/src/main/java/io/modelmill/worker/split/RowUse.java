package io.modelmill.worker.split;

/** What a row is for. */
public enum RowUse {
    /** Trains. */
    TRAINING,
    /** Measures after each epoch. */
    VALIDATION,
    /** Measures at the end. */
    HELD_OUT,
    /** Not used: it was dropped. */
    DROPPED;

    private static final RowUse[] VALUES = values();

    /** As it is kept on disk. */
    public byte code() {
        return (byte) ordinal();
    }

    static RowUse of(byte code) {
        return VALUES[code];
    }
}
