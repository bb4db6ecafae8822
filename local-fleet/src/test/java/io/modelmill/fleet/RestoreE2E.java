package io.modelmill.fleet;

import static io.modelmill.fleet.fixture.StatusAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Status;
import io.grpc.StatusException;
import io.modelmill.fleet.backup.BackupCheck;
import io.modelmill.fleet.backup.LocalBackup;
import io.modelmill.fleet.backup.Rows;
import io.modelmill.fleet.fixture.Archive;
import io.modelmill.fleet.fixture.BroughtModel;
import io.modelmill.fleet.fixture.EndToEnd;
import io.modelmill.fleet.fixture.RunningFleet;
import io.modelmill.fleet.fixture.TenantAccess;
import io.modelmill.fleet.fixture.Topic;
import io.modelmill.fleet.fixture.TrainedDigits;
import io.modelmill.fleet.fixture.TrainingTime;
import io.modelmill.fleet.fixture.WholeApi;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.process.Poll;
import io.modelmill.proto.events.v1.ModelVersionsEvent;
import io.modelmill.proto.registry.v1.FinishArtifactUploadRequest;
import io.modelmill.proto.registry.v1.GetArtifactUploadRequest;
import io.modelmill.proto.registry.v1.GetModelRequest;
import io.modelmill.proto.registry.v1.ListModelVersionsRequest;
import io.modelmill.proto.registry.v1.ModelVersion;
import io.modelmill.proto.registry.v1.WriteArtifactUploadRequest;
import io.modelmill.proto.training.v1.QuotaLimits;
import io.modelmill.proto.training.v1.TrainingJob;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup of a fleet that works, restored into an empty folder, and all of it compared. */
@EndToEnd
@Order(Integer.MAX_VALUE - 1)
class RestoreE2E {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    /** Longer than the two backups take. */
    private static final Duration TRAINING = Duration.ofSeconds(20);

    private static final long RAISED = 1 << 20;
    private static final Pattern DIGEST = Pattern.compile("\"sha256\":\"([1-9a-f][0-9a-f]{63})\"");

    @TempDir
    Path directory;

    private final List<String> lines = new ArrayList<>();

    @Test
    void makesAnEmptyFolderTheFleetThatWasBackedUpWhileItWorked(RunningFleet fleet) throws Exception {
        Archive kept = Archive.make(fleet);
        Map<String, JsonElement> said = said(fleet, kept.owner());
        TenantAccess busy = fleet.tenant("busy");
        Path target = directory.resolve("backups");
        LocalBackup source =
                new LocalBackup(Installation.current(), fleet.fleet().options().folder(), lines::add);

        String running = train(fleet, busy);
        String name;
        try (Load load = Load.start(busy)) {
            load.awaitMore();
            name = source.backUp(target);
            load.awaitMore();
        }
        assertThat(lines).anyMatch(line -> line.startsWith("artifacts: ") && line.endsWith(" 0 were there"));
        lines.clear();
        String second = source.backUp(target);
        assertThat(lines).anyMatch(line -> line.startsWith("artifacts: ") && !line.endsWith(" 0 were there"));
        assertThat(BackupCheck.check(target, Optional.of(second))).startsWith(second + ": complete");

        FleetFolder folder = new FleetFolder(directory.resolve("restored"));
        LocalBackup restored = new LocalBackup(Installation.current(), folder, lines::add);
        restored.restore(target, Optional.of(name));
        assertSameRows(target, name, restored);
        assertThatThrownBy(() -> restored.restore(target, Optional.empty()))
                .isInstanceOf(FleetException.class)
                .hasMessageContaining("holds artifacts, cache, keys, logs, postgres (expected: an empty folder");

        try (RunningFleet after = RunningFleet.start(folder, 1)) {
            TenantAccess owner = after.tenant(kept.owner().id(), kept.owner().key());
            TenantAccess reader = after.tenant(kept.reader().id(), kept.reader().key());
            assertSaid(said(after, owner), said);
            assertRevision(kept.owner(), owner);
            assertSameBytes(said.values(), kept.owner(), owner);
            assertSamePredictions(fleet, kept, owner, reader);
            assertEveryStateIsInTheTopic(after, owner);
            finishUpload(kept, owner);
            goOn(after, owner, kept.queuedJob());
            assertOneVersion(after.tenant(busy.id(), busy.key()), running);
        }
    }

    /** The restored folder's databases, before any service has seen them. */
    private void assertSameRows(Path target, String name, LocalBackup restored) throws Exception {
        Path again = directory.resolve("backup of the restored");
        String copy = restored.backUp(again);
        Map<String, List<String>> expected = Rows.of(target, Optional.of(name));
        Map<String, List<String>> actual = Rows.of(again, Optional.of(copy));
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        for (Map.Entry<String, List<String>> table : expected.entrySet()) {
            List<String> rows = actual.getOrDefault(table.getKey(), List.of());
            if (table.getKey().contains("/public.restore_notice[")) {
                // What tells the service of the restore.
                assertThat(rows).hasSize(1);
            } else if (table.getKey().endsWith("/sequences")) {
                assertThat(withoutNotice(rows)).isEqualTo(withoutNotice(table.getValue()));
            } else {
                assertThat(rows).as(table.getKey()).isEqualTo(table.getValue());
            }
        }
    }

    private static List<String> withoutNotice(List<String> sequences) {
        return sequences.stream()
                .filter(sequence -> !sequence.contains("restore_notice_id_seq"))
                .toList();
    }

    /** All that a tenant is told, but for what a restore changes, and for guesses at when a job starts. */
    private static Map<String, JsonElement> said(RunningFleet fleet, TenantAccess tenant) {
        Map<String, JsonElement> said = WholeApi.read(fleet.ports().gateway().http(), tenant.id(), tenant.key());
        assertThat(said).hasSizeGreaterThan(Archive.VERSIONS);
        said.forEach((path, answer) -> strip(
                answer,
                path.matches("tenants/[^/]+/models( page .*|/[^/]+)") ? List.of("revision") : List.of("queue")));
        return said;
    }

    private static void assertSaid(Map<String, JsonElement> actual, Map<String, JsonElement> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((path, answer) -> assertThat(actual.get(path)).as(path).isEqualTo(answer));
    }

    private static void strip(JsonElement json, List<String> fields) {
        if (json.isJsonArray()) {
            json.getAsJsonArray().forEach(element -> strip(element, fields));
        } else if (json.isJsonObject()) {
            fields.forEach(json.getAsJsonObject()::remove);
            json.getAsJsonObject().entrySet().forEach(entry -> strip(entry.getValue(), fields));
        }
    }

    private static void assertRevision(TenantAccess before, TenantAccess after) throws StatusException {
        GetModelRequest model = GetModelRequest.newBuilder()
                .setName(before.name() + "/models/" + Archive.MODEL)
                .build();
        assertThat(after.models().getModel(model).getRevision())
                .isEqualTo(before.models().getModel(model).getRevision() + RAISED);
    }

    private static void assertSameBytes(Collection<JsonElement> said, TenantAccess before, TenantAccess after)
            throws StatusException {
        TreeSet<String> digests = new TreeSet<>();
        for (JsonElement answer : said) {
            Matcher digest = DIGEST.matcher(answer.toString());
            while (digest.find()) {
                digests.add(digest.group(1));
            }
        }
        assertThat(digests).hasSizeGreaterThan(3);
        for (String digest : digests) {
            assertThat(after.registry().download(digest))
                    .isEqualTo(before.registry().download(digest));
        }
    }

    private static void assertSamePredictions(
            RunningFleet before, Archive kept, TenantAccess owner, TenantAccess reader) throws StatusException {
        List<float[]> rows = before.digits().rows().subList(0, 8);
        for (String version : List.of("", "production", "canary", "1", "2")) {
            TrainedDigits.awaitLoaded(owner.predictions(), Archive.MODEL, version);
            TrainedDigits.awaitLoaded(kept.owner().predictions(), Archive.MODEL, version);
            assertThat(owner.predictions().predict(Archive.MODEL, version, rows))
                    .usingRecursiveComparison()
                    .isEqualTo(kept.owner().predictions().predict(Archive.MODEL, version, rows));
        }
        String shared = "archivist." + Archive.MODEL;
        assertThat(reader.predictions().predict(shared, "", rows))
                .usingRecursiveComparison()
                .isEqualTo(kept.reader().predictions().predict(shared, "", rows));
        assertRefused(Status.Code.FAILED_PRECONDITION, () -> owner.predictions().predict(Archive.MODEL, "4", rows));
        for (String version : List.of("3", "5", "6", "7")) {
            assertRefused(Status.Code.NOT_FOUND, () -> owner.predictions().predict(Archive.MODEL, version, rows));
        }
        assertRefused(Status.Code.NOT_FOUND, () -> reader.predictions().predict("archivist.taught", "", rows));
    }

    /** A replica that starts later must find all models there. */
    private static void assertEveryStateIsInTheTopic(RunningFleet fleet, TenantAccess owner) {
        for (String model : List.of(Archive.MODEL, "taught")) {
            String key = owner.name() + "/models/" + model;
            Optional<ModelVersionsEvent> told = Poll.until(
                    LIMIT,
                    () -> Topic.read(fleet.ports().kafka(), "modelmill.model-versions.v1").stream()
                            .filter(record -> key.equals(record.key()))
                            .map(record -> event(record.value()))
                            .filter(event -> event.getServingState().getRevision() > RAISED)
                            .findFirst());
            assertThat(told).as("state of %s", key).isPresent();
        }
    }

    private static void finishUpload(Archive kept, TenantAccess owner) throws StatusException {
        assertThat(Archive.uploads(owner)
                        .getArtifactUpload(GetArtifactUploadRequest.newBuilder()
                                .setName(kept.upload())
                                .build())
                        .getCommittedSizeBytes())
                .isZero();
        var _ = Archive.uploads(owner)
                .writeArtifactUpload(WriteArtifactUploadRequest.newBuilder()
                        .setName(kept.upload())
                        .setChunk(kept.content())
                        .build());
        assertThat(Archive.uploads(owner)
                        .finishArtifactUpload(FinishArtifactUploadRequest.newBuilder()
                                .setName(kept.upload())
                                .build())
                        .getSizeBytes())
                .isEqualTo(kept.content().size());
    }

    /** New versions get the next numbers, waiting jobs run, and what they train is counted. */
    private static void goOn(RunningFleet fleet, TenantAccess owner, String queuedJob) throws Exception {
        String model = owner.name() + "/models/" + Archive.MODEL;
        String next = BroughtModel.addVersion(owner, model, fileOf(owner, model));
        assertThat(next).isEqualTo(model + "/versions/" + (Archive.VERSIONS + 1));
        BroughtModel.assertReady(owner, next);
        TrainingTime before = TrainingTime.inTheDatabase(fleet, owner);
        Archive.quota(fleet, owner, QuotaLimits.newBuilder());
        TrainingJob done = Archive.awaitEnd(owner, queuedJob);
        assertThat(done.getState()).as(done.getStateReason()).isEqualTo(TrainingJob.State.STATE_SUCCEEDED);
        assertThat(done.getModelVersion()).isEqualTo(owner.name() + "/models/taught/versions/2");
        TrainingTime after = TrainingTime.inTheDatabase(fleet, owner);
        assertThat(after.attempts()).isEqualTo(before.attempts() + 1);
        assertThat(Poll.until(
                        LIMIT,
                        () -> Optional.of(TrainingTime.atTheGateway(owner)).filter(after::equals)))
                .as("training time at the gateway: %s, in the database: %s", TrainingTime.atTheGateway(owner), after)
                .isPresent();
    }

    private static byte[] fileOf(TenantAccess owner, String model) throws StatusException {
        return owner.registry()
                .download(owner.registry()
                        .version(model + "/versions/1")
                        .files()
                        .values()
                        .iterator()
                        .next());
    }

    /** The job that ran in the backup, whose worker is not the restored fleet's. */
    private static void assertOneVersion(TenantAccess busy, String job) throws StatusException {
        TrainingJob done = Archive.awaitEnd(busy, job);
        assertThat(done.getState()).as(done.getStateReason()).isEqualTo(TrainingJob.State.STATE_SUCCEEDED);
        assertThat(done.getAttemptCount()).isGreaterThan(1);
        assertThat(busy.models()
                        .listModelVersions(ListModelVersionsRequest.newBuilder()
                                .setParent(busy.name() + "/models/taught")
                                .build())
                        .getModelVersionsList())
                .extracting(ModelVersion::getName)
                .containsExactly(done.getModelVersion());
    }

    private static String train(RunningFleet fleet, TenantAccess busy) throws Exception {
        String rows = TrainedDigits.upload(
                busy,
                "digits",
                Files.readAllBytes(fleet.fleet().options().installation().example("digits/digits.csv")));
        busy.registry().createModel("taught", "");
        busy.registry().createModel("noise", "");
        int epochs = (int) Math.clamp(
                TRAINING.toNanos() / Math.max(1, fleet.digits().epochTime().toNanos()), 50, 5_000);
        String job = Archive.submit(busy, Archive.job(fleet, busy, "taught", rows, epochs), "long");
        assertThat(Poll.until(
                        LIMIT,
                        () -> Optional.of(Archive.get(busy, job))
                                .filter(read -> read.getState() == TrainingJob.State.STATE_RUNNING)))
                .as("%s runs", job)
                .isPresent();
        return job;
    }

    private static ModelVersionsEvent event(byte[] value) {
        try {
            return ModelVersionsEvent.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /** A tenant that uploads files and makes versions of them all the time. */
    private static final class Load implements AutoCloseable {
        private static final int ENOUGH = 3;

        private final AtomicBoolean stopped = new AtomicBoolean();
        private final AtomicInteger done = new AtomicInteger();
        private final Thread thread;

        private Load(TenantAccess tenant) {
            thread = Thread.ofVirtual().name("load").start(() -> {
                while (!stopped.get()) {
                    byte[] content = ("noise " + done.get()).getBytes(StandardCharsets.UTF_8);
                    try {
                        var _ = BroughtModel.addVersion(tenant, tenant.name() + "/models/noise", content);
                        done.incrementAndGet();
                    } catch (StatusException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
        }

        static Load start(TenantAccess tenant) {
            return new Load(tenant);
        }

        void awaitMore() {
            int enough = done.get() + ENOUGH;
            assertThat(Poll.until(LIMIT, () -> Optional.of(done.get()).filter(count -> count >= enough)))
                    .as("versions made meanwhile")
                    .isPresent();
        }

        @Override
        public void close() throws InterruptedException {
            stopped.set(true);
            thread.join(LIMIT);
        }
    }
}
