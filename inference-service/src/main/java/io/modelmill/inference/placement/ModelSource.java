package io.modelmill.inference.placement;

import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedModel;
import io.modelmill.inference.rollout.ModelProgress;
import io.opentelemetry.api.trace.SpanContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a replica learns which models there are. It brings their files, too. */
public interface ModelSource extends VersionFiles, AutoCloseable {
    /**
     * Begins to tell the models and their changes; called once.
     *
     * @throws IllegalStateException if it can never tell any, with what would have been right
     */
    void start(Listener models);

    /** The tenant that all models belong to, if it is one: every caller's bare names are then its models'. */
    default Optional<String> owner() {
        return Optional.empty();
    }

    /** Where this replica may keep what it must know after its death. */
    default Optional<Path> directory() {
        return Optional.empty();
    }

    /**
     * Takes all versions of the model out of service until {@link #restore}. What runs by then is answered.
     *
     * @throws io.modelmill.servicekit.error.ServiceException FAILED_PRECONDITION if no caller decides that here
     */
    void withdraw(ModelKey model);

    /** Ends a withdrawal; does nothing if there is none. */
    void restore(ModelKey model);

    /**
     * Tells whoever decides of the version that it ended this replica's process again and again, until it is heard.
     *
     * @param number of a version that the source has told
     * @param reason what was seen, in words for people
     */
    default void report(ModelKey model, long number, String reason) {}

    /**
     * What this replica has of the model may have changed: see {@link Listener#progress}. Called under locks, so it waits for
     * nothing and looks at nothing.
     */
    default void changed(ModelKey model) {}

    /** This replica will take no more calls. May be said again. */
    default void leave() {}

    /** Tells nothing any more. */
    @Override
    void close();

    /** The replica as its source sees it. Its methods may be called on any thread. */
    interface Listener {
        /**
         * Takes a newer state of a model; answers false if it is not newer.
         *
         * @param cause span of what changed it; may be invalid
         */
        boolean apply(ServedModel model, SpanContext cause);

        /** The model is gone. */
        void remove(ModelKey key);

        /** Removes those models that have not changed since they had the revision. */
        void removeUnchanged(Map<ModelKey, Long> revisions);

        /** What is known of all models. */
        List<ServedModel> known();

        /** What this replica has of the model now; empty if it does not know it. */
        Optional<ModelProgress> progress(ModelKey model);

        /**
         * All models have been told. From the first time on, a name that is not known is one that does not exist.
         *
         * @param from who told them, for the log
         */
        void informed(String from);
    }
}
