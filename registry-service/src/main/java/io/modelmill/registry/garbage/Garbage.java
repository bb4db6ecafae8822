package io.modelmill.registry.garbage;

import io.modelmill.registry.artifact.AbandonedFiles.AbandonedFile;
import io.modelmill.registry.artifact.ArtifactKey;
import io.modelmill.registry.artifact.StoredFile;
import io.modelmill.registry.dataset.DatasetVersionPurge;
import io.modelmill.registry.version.VersionPurge;
import java.time.Instant;

/** Something that goes, or would. */
sealed interface Garbage {
    /** What kind of thing it is. */
    GarbageKind kind();

    /** Resource name; of a file of uploads its path in the store. */
    String name();

    /** Bytes of the store that go with it; 0 for a version, whose files go as artifacts. */
    long sizeBytes();

    /** Why it goes. */
    String reason();

    /** A model's version whose time is over: its files are named no longer. */
    record DeletedModelVersion(VersionPurge.Due due) implements Garbage {
        @Override
        public GarbageKind kind() {
            return GarbageKind.MODEL_VERSION;
        }

        @Override
        public String name() {
            return due.key().name();
        }

        @Override
        public long sizeBytes() {
            return 0;
        }

        @Override
        public String reason() {
            return "deleted, and its purge_time was " + due.purgeTime();
        }
    }

    /** A data set's version whose time is over: its files are named no longer. */
    record DeletedDatasetVersion(DatasetVersionPurge.Due due) implements Garbage {
        @Override
        public GarbageKind kind() {
            return GarbageKind.DATASET_VERSION;
        }

        @Override
        public String name() {
            return due.name();
        }

        @Override
        public long sizeBytes() {
            return 0;
        }

        @Override
        public String reason() {
            return "deleted, and its purge_time was " + due.purgeTime();
        }
    }

    /**
     * A file that nobody names.
     *
     * @param nameTime when it was last uploaded or asked for
     */
    record UnnamedArtifact(ArtifactKey key, long sizeBytes, Instant nameTime) implements Garbage {
        @Override
        public GarbageKind kind() {
            return GarbageKind.ARTIFACT;
        }

        @Override
        public String name() {
            return key.name();
        }

        @Override
        public String reason() {
            return "no version names it, and it was last uploaded or asked for at " + nameTime;
        }
    }

    /** A file in the store that the database does not know: its upload or its removal was cut off. */
    record StrayFile(StoredFile file) implements Garbage {
        @Override
        public GarbageKind kind() {
            return GarbageKind.STRAY_FILE;
        }

        @Override
        public String name() {
            return file.key().name();
        }

        @Override
        public long sizeBytes() {
            return file.sizeBytes();
        }

        @Override
        public String reason() {
            return "in the store, and neither an artifact nor an upload is of it";
        }
    }

    /** A part of a file that no upload goes on with. */
    record PartialFile(AbandonedFile file) implements Garbage {
        @Override
        public GarbageKind kind() {
            return GarbageKind.PARTIAL_FILE;
        }

        @Override
        public String name() {
            int depth = file.path().getNameCount();
            return file.path().subpath(depth - 2, depth).toString();
        }

        @Override
        public long sizeBytes() {
            return file.sizeBytes();
        }

        @Override
        public String reason() {
            return "no upload is of it, and it was last written at " + file.written();
        }
    }
}
