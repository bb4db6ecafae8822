package io.modelmill.inference.session;

/**
 * Counts the users of something that may only be closed when none is left: ONNX Runtime crashes the process when a
 * session is closed during a run (onnxruntime issue 21812).
 */
public final class UseCount {
    private final Runnable close;
    private int users;
    private boolean retired;

    /** @param close called once: when it is retired and the last user has gone */
    public UseCount(Runnable close) {
        this.close = close;
    }

    /** Takes part, unless it is retired. Each success needs one {@link #release}. */
    public synchronized boolean acquire() {
        if (retired) {
            return false;
        }
        users++;
        return true;
    }

    /** Ends one successful {@link #acquire}; closes when that was the last of something retired. */
    public void release() {
        boolean last;
        synchronized (this) {
            if (users == 0) {
                throw new IllegalStateException("released more often than acquired");
            }
            users--;
            last = retired && users == 0;
        }
        if (last) {
            close.run();
        }
    }

    /** Lets no new user in. Doing it again changes nothing. */
    public void retire() {
        boolean last;
        synchronized (this) {
            last = !retired && users == 0;
            retired = true;
        }
        if (last) {
            close.run();
        }
    }

    /** Whether somebody uses it now. */
    public synchronized boolean isUsed() {
        return users > 0;
    }

    /**
     * Lets no new user in if nobody uses it now.
     *
     * @return whether it is retired by this call: the caller then closes it, when it holds no lock
     */
    public synchronized boolean retireIfUnused() {
        if (retired || users > 0) {
            return false;
        }
        retired = true;
        return true;
    }
}
