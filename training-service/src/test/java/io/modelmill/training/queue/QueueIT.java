package io.modelmill.training.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.modelmill.proto.training.v1.CreateTrainingJobRequest;
import io.modelmill.proto.training.v1.GetTenantQuotaRequest;
import io.modelmill.proto.training.v1.QuotaLimits;
import io.modelmill.proto.training.v1.SetTenantQuotaRequest;
import io.modelmill.proto.training.v1.TenantQuota;
import io.modelmill.proto.training.v1.TenantQuotaServiceGrpc;
import io.modelmill.proto.training.v1.TrainingJob;
import io.modelmill.servicekit.fixture.TestCallers;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import io.modelmill.training.fixture.CleanSlate;
import io.modelmill.training.fixture.Jobs;
import io.modelmill.training.fixture.Refusal;
import io.modelmill.training.fixture.Rooms;
import io.modelmill.training.fixture.TrainingServiceTest;
import io.modelmill.training.job.Happening;
import io.modelmill.training.job.Job;
import io.modelmill.training.job.JobLife;
import io.modelmill.training.resource.Resources;
import io.modelmill.training.resource.Room;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@TrainingServiceTest
class QueueIT {
    /** Two small workers side by side; a medium one takes all of it. */
    private static final Room FOUR_CORES = new Room(10, new Resources(4, 1L << 40, 0), new Resources(4, 1L << 40, 0));

    @Inject
    CleanSlate slate;

    @Inject
    JobLife life;

    @Inject
    Jdbi jdbi;

    private TestCallers callers;
    private Jobs acme;
    private Jobs bolt;

    @BeforeEach
    void connect() {
        slate.still();
        callers = TestCallers.connect();
        acme = new Jobs(callers.tenant("acme"), "acme");
        bolt = new Jobs(callers.tenant("bolt"), "bolt");
    }

    @AfterEach
    void disconnect() {
        set("acme", QuotaLimits.getDefaultInstance());
        callers.close();
    }

    @Test
    void startsByPriorityWithinTenantAndByShareBetweenTenants() {
        submit(acme, "a1", 0, "small");
        submit(acme, "a2", 7, "small");
        submit(acme, "a3", 0, "small");
        submit(bolt, "b1", -100, "small");
        TrainingJob told = submit(bolt, "b2", -100, "small");
        assertThat(told.getScheduling().getPriority()).isEqualTo(-100);
        assertThat(startAll(Rooms.PLENTY)).containsExactly("a2", "b1", "a1", "b2", "a3");
    }

    @Test
    void refusesPriorityOutsideItsRange() {
        Refusal refusal = Refusal.of(() -> submit(acme, "a1", 101, "small"));
        assertThat(refusal.toString()).contains("training_job.scheduling.priority", "101 (expected: -100 to 100)");
    }

    @Test
    void keepsPlaceForJobWhoseTurnCameLongAgo() {
        submit(acme, "large", 0, "medium");
        submit(acme, "small", 0, "small");
        Room half = new Room(10, FOUR_CORES.capacity(), new Resources(2, 1L << 40, 0));
        assertThat(startAll(new Room(10, FOUR_CORES.capacity(), Resources.NONE)))
                .isEmpty();
        jdbi.useHandle(
                handle -> assertThat(handle.createQuery("SELECT job_id FROM training_job WHERE turn_time IS NOT NULL")
                                .mapTo(String.class)
                                .list())
                        .containsExactly("large"));
        jdbi.useHandle(
                handle -> handle.execute("UPDATE training_job SET turn_time = clock_timestamp() - interval '1 day'"
                        + " WHERE turn_time IS NOT NULL"));
        assertThat(life.startNext("test", half)).isEmpty();
        assertThat(life.startNext("test", FOUR_CORES))
                .map(job -> job.name().job())
                .contains("large");
        assertThat(life.startNext("test", half)).map(job -> job.name().job()).contains("small");
    }

    @Test
    void neverExceedsQuotaWithManySchedulers() throws Exception {
        set("acme", QuotaLimits.newBuilder().setMaxRunningJobs(3).build());
        for (int i = 0; i < 12; i++) {
            submit(acme, "a" + i, 0, "small");
        }
        List<String> started = new ArrayList<>();
        try (ExecutorService replicas = Executors.newFixedThreadPool(4)) {
            Callable<List<String>> replica = () -> startAll(Rooms.PLENTY);
            for (Future<List<String>> one : replicas.invokeAll(List.of(replica, replica, replica, replica))) {
                started.addAll(one.get());
            }
        }
        assertThat(started).hasSize(3).doesNotHaveDuplicates();
        assertThat(get("acme").getUsage().getRunningJobs()).isEqualTo(3);
        assertThat(get("acme").getUsage().getCores()).isEqualTo(6);
    }

    @Test
    void waitsUntilOwnJobsEndAndNotBehindWhatNeverFits() {
        set("acme", QuotaLimits.newBuilder().setMaxCores(2).build());
        submit(acme, "never", 1, "large");
        submit(acme, "first", 0, "small");
        submit(acme, "second", 0, "small");
        Job first = life.startNext("test", Rooms.PLENTY).orElseThrow();
        assertThat(first.name().job()).isEqualTo("first");
        assertThat(life.startNext("test", Rooms.PLENTY)).isEmpty();
        life.happen(first.name(), first.attempt(), new Happening.JobFault("wrong"));
        assertThat(startAll(Rooms.PLENTY)).containsExactly("second");
    }

    @Test
    void startsNoGpuOnceItsHoursAreUsedUp() {
        set("acme", QuotaLimits.newBuilder().setMaxGpuHoursPerMonth(1).build());
        submit(acme, "old", 0, "small");
        Job old = life.startNext("test", Rooms.PLENTY).orElseThrow();
        jdbi.useHandle(handle -> handle.execute("UPDATE job_attempt SET gpus = 1,"
                + " start_time = date_trunc('month', clock_timestamp(), 'UTC') - interval '3 hours'"));
        life.happen(old.name(), old.attempt(), new Happening.JobFault("wrong"));
        jdbi.useHandle(
                handle -> handle.execute(
                        "UPDATE job_attempt SET end_time = date_trunc('month', clock_timestamp(), 'UTC') + interval '30 minutes'"));
        assertThat(get("acme").getUsage().getGpuHoursThisMonth()).isEqualTo(0.5);
        jdbi.useHandle(handle -> handle.execute("UPDATE job_attempt SET gpus = 2"));
        submit(acme, "gpu", 0, "small");
        submit(acme, "cpu", 0, "small");
        jdbi.useHandle(handle -> handle.execute("UPDATE training_job SET gpus = 1 WHERE job_id = 'gpu'"));
        assertThat(startAll(Rooms.PLENTY)).containsExactly("cpu");
        set("acme", QuotaLimits.newBuilder().setMaxGpuHoursPerMonth(1.5).build());
        assertThat(startAll(Rooms.PLENTY)).containsExactly("gpu");
    }

    @Test
    void forgetsTenantsWithoutWaitingJobsAndFindsThemAgain() {
        submit(acme, "a1", 0, "small");
        Job first = life.startNext("test", Rooms.PLENTY).orElseThrow();
        life.happen(first.name(), first.attempt(), new Happening.JobFault("wrong"));
        assertThat(life.startNext("test", Rooms.PLENTY)).isEmpty();
        assertThat(jdbi.<Integer, RuntimeException>withHandle(
                        handle -> handle.createQuery("SELECT count(*) FROM queue_tenant WHERE tenant = 'acme'")
                                .mapTo(Integer.class)
                                .one()))
                .isZero();
        submit(acme, "a2", 0, "small");
        assertThat(startAll(Rooms.PLENTY)).containsExactly("a2");
    }

    @Test
    void tellsQuotaToTheTenantAndTakesItFromAdministrators() {
        TenantQuota set = set(
                "acme",
                QuotaLimits.newBuilder().setMaxRunningJobs(0).setWeight(2.5).build());
        assertThat(set.getGranted().hasMaxCores()).isFalse();
        assertThat(set.getEffective().getWeight()).isEqualTo(2.5);
        TenantQuotaServiceGrpc.TenantQuotaServiceBlockingStub own =
                TenantQuotaServiceGrpc.newBlockingStub(callers.tenant("acme"));
        assertThat(own.getTenantQuota(name("acme"))).isEqualTo(set);
        assertThatThrownBy(() -> own.getTenantQuota(name("bolt")))
                .extracting(failure -> Status.fromThrowable(failure).getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThatThrownBy(() -> own.setTenantQuota(SetTenantQuotaRequest.newBuilder()
                        .setName("tenants/acme/trainingQuota")
                        .build()))
                .extracting(failure -> Status.fromThrowable(failure).getCode())
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void tellsEveryFaultOfAQuota() {
        Refusal refusal = Refusal.of(() -> set(
                "acme",
                QuotaLimits.newBuilder()
                        .setMaxRunningJobs(-1)
                        .setMaxCores(-2)
                        .setMaxGpus(-3)
                        .setMaxGpuHoursPerMonth(Double.NaN)
                        .setWeight(0)
                        .build()));
        assertThat(refusal.toString())
                .contains(
                        "granted.max_running_jobs", "-1 (expected: >= 0)",
                        "granted.max_cores", "-2 (expected: >= 0)",
                        "granted.max_gpus", "-3 (expected: >= 0)",
                        "granted.max_gpu_hours_per_month", "NaN (expected: >= 0, a finite number)",
                        "granted.weight", "0.0 (expected: 0.001 to 1000.0)");
    }

    private List<String> startAll(Room room) {
        List<String> started = new ArrayList<>();
        for (Optional<Job> next = life.startNext("test", room); next.isPresent(); next = life.startNext("test", room)) {
            started.add(next.get().name().job());
        }
        return started;
    }

    private static TrainingJob submit(Jobs jobs, String id, int priority, String resourceClass) {
        CreateTrainingJobRequest.Builder request = jobs.request(id, jobs.spec("ready"));
        request.getTrainingJobBuilder()
                .getSchedulingBuilder()
                .setPriority(priority)
                .setResourceClass(resourceClass);
        return jobs.service().createTrainingJob(request.build());
    }

    private TenantQuota set(String tenant, QuotaLimits granted) {
        return TenantQuotaServiceGrpc.newBlockingStub(
                        callers.as(new Caller("admin", Optional.empty(), Set.of(Role.PLATFORM_ADMIN))))
                .setTenantQuota(SetTenantQuotaRequest.newBuilder()
                        .setName("tenants/" + tenant + "/trainingQuota")
                        .setGranted(granted)
                        .build());
    }

    private TenantQuota get(String tenant) {
        return TenantQuotaServiceGrpc.newBlockingStub(callers.tenant(tenant)).getTenantQuota(name(tenant));
    }

    private static GetTenantQuotaRequest name(String tenant) {
        return GetTenantQuotaRequest.newBuilder()
                .setName("tenants/" + tenant + "/trainingQuota")
                .build();
    }
}
