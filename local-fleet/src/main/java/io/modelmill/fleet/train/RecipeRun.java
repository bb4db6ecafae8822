package io.modelmill.fleet.train;

import io.grpc.Channel;
import io.grpc.StatusException;
import io.modelmill.fleet.client.JobFollower;
import io.modelmill.fleet.client.Phases;
import io.modelmill.fleet.client.PredictionClient;
import io.modelmill.fleet.client.PredictionClient.Answer;
import io.modelmill.fleet.client.RegistryClient;
import io.modelmill.fleet.client.TrainedVersion;
import io.modelmill.fleet.client.TrainingClient;
import io.modelmill.fleet.client.TrainingClient.Estimate;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.process.Poll;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Does what a recipe says, as its tenant, and judges what came of it. */
public final class RecipeRun {
    /** Largest distance of a served answer from the trainer's. */
    public static final double TOLERANCE = 1e-4;

    private static final String INFERENCE = "inference-service-1";
    /** Beyond the longest run of a job, which its own spec limits. */
    private static final Duration JOB_LIMIT = Duration.ofDays(7);

    private static final Duration SERVED_LIMIT = Duration.ofMinutes(1);

    private final String tenant;
    private final RegistryClient registry;
    private final TrainingClient training;
    private final PredictionClient predictions;
    private final JobFollower follower;
    private final Phases phases;
    private final PrintWriter out;

    /** @param channel to the gateway, with a credential of the tenant */
    public RecipeRun(Channel channel, String tenant, JobFollower follower, Phases phases, PrintWriter out) {
        this.tenant = tenant;
        this.registry = new RegistryClient(channel, tenant);
        this.training = new TrainingClient(channel, tenant);
        this.predictions = new PredictionClient(channel);
        this.follower = follower;
        this.phases = phases;
        this.out = out;
    }

    /**
     * What came of a recipe.
     *
     * @param largestDifference of served answers from the trainer's
     * @param missed figures that were not reached
     */
    public record Outcome(TrainedVersion version, double largestDifference, List<Expectation> missed) {
        public Outcome {
            missed = List.copyOf(missed);
        }

        /** Whether all is as it should be. */
        public boolean isGood() {
            return missed.isEmpty() && largestDifference <= TOLERANCE;
        }
    }

    private record Prepared(String model, String datasetVersion, String spec, String scheduling) {}

    /** Has the job checked, with data and model in place, and says what it would need. */
    public Estimate validate(Recipe recipe) {
        Prepared job = prepare(recipe);
        Estimate estimate = phases.run(
                "check",
                "training-service",
                () -> training.validate(job.spec(), job.scheduling(), job.model(), job.datasetVersion()));
        say(String.format(
                Locale.ROOT,
                "The job can be submitted. It learns %,d numbers and needs about %,d MB of memory and %,d MB of disk.",
                estimate.parameters(),
                megabytes(estimate.memoryBytes()),
                megabytes(estimate.diskBytes())));
        return estimate;
    }

    /**
     * Trains, waits until the version is served, compares its answers with the trainer's and its measures with the figures.
     *
     * @throws FleetException if no version came of it that could be judged
     */
    public Outcome train(Recipe recipe) {
        Prepared job = prepare(recipe);
        String name = phases.run(
                "submit",
                "training-service",
                () -> training.submit(job.spec(), job.scheduling(), job.model(), job.datasetVersion()));
        say("Training " + name + ":");
        TrainedVersion version = follower.follow(training, registry, name, JOB_LIMIT);
        if (!version.state().equals("READY")) {
            throw new FleetException(version.name() + " is " + version.state() + ": " + version.stateReason());
        }
        List<Expectation> missed = recipe.expectations().stream()
                .filter(expectation -> !expectation.isMetBy(version.metrics()))
                .toList();
        tell(version, recipe.expectations());
        double difference = compare(recipe.model().id(), version);
        return new Outcome(version, difference, missed);
    }

    private Prepared prepare(Recipe recipe) {
        String dataset = phases.run("upload", "registry-service", () -> upload(recipe.dataset()));
        Recipe.Model model = recipe.model();
        String modelName = phases.run(
                "model",
                "registry-service",
                () -> registry.createModel(model.id(), model.displayName(), model.description()));
        String spec = phases.attempt(
                "finding the versions that the recipe names",
                "registry-service",
                () -> VersionReferences.resolve(recipe.spec(), "tenants/" + tenant, registry::newestReady));
        return new Prepared(modelName, dataset, spec, recipe.scheduling());
    }

    private String upload(Recipe.Dataset dataset) throws StatusException {
        Map<String, String> files = new LinkedHashMap<>();
        for (Path file : dataset.files()) {
            // Names tell images from labels and subsets from each other; of a single file nobody reads it.
            boolean named = dataset.files().size() > 1;
            files.put(named ? String.valueOf(file.getFileName()) : "", registry.upload(file));
        }
        registry.createDataset(dataset.id(), dataset.description());
        String version = registry.datasetVersion(dataset.id(), dataset.format(), files, dataset.columnTypes());
        say("Data set: " + version);
        return version;
    }

    private double compare(String model, TrainedVersion version) {
        String digest = version.files().get(Samples.FILE);
        if (digest == null) {
            throw new FleetException(version.name() + " has no " + Samples.FILE + " to compare served answers with");
        }
        Samples samples = phases.run("samples", "registry-service", () -> Samples.read(registry.download(digest)));
        // By its number: what is no alias's target is loaded when it is called.
        Answer answer = phases.run("load and predict", INFERENCE, () -> answer(model, version, samples));
        if (!answer.version().equals(Long.toString(version.number()))) {
            throw new FleetException(
                    "version " + answer.version() + " answered (expected: " + version.number() + ", which was asked)");
        }
        double difference = samples.largestDifference(answer.outputs());
        say(String.format(
                Locale.ROOT,
                "Served answers and the trainer's for %d rows: at most %.1e apart (expected: at most %.0e).",
                samples.rows(),
                difference,
                TOLERANCE));
        return difference;
    }

    private Answer answer(String model, TrainedVersion version, Samples samples) {
        return Poll.until(
                        SERVED_LIMIT,
                        () -> phases.attempt(
                                "predicting",
                                INFERENCE,
                                () -> predictions.inferIfKnown(
                                        model, Long.toString(version.number()), samples.inputs())))
                .orElseThrow(() -> new FleetException(
                        version.name() + " was not served within " + SERVED_LIMIT.toSeconds() + " s"));
    }

    /** All measures, those of which something is expected first, beside what the worker measured of the trivial way. */
    private void tell(TrainedVersion version, List<Expectation> expectations) {
        say("Made " + version.name() + ":");
        Map<String, Double> others = new TreeMap<>(version.metrics());
        for (Expectation expectation : expectations) {
            others.remove(expectation.measure());
            others.remove(expectation.baselineMeasure());
            Double value = version.metrics().get(expectation.measure());
            say(String.format(
                    Locale.ROOT,
                    "  %-30s %-10s %s (expected: %s)",
                    expectation.measure(),
                    value == null ? "missing" : Expectation.figure(value),
                    expectation.isMetBy(version.metrics()) ? "reached" : "MISSED",
                    expectation.shown(version.metrics())));
        }
        others.forEach(
                (measure, value) -> say(String.format(Locale.ROOT, "  %-30s %s", measure, Expectation.figure(value))));
    }

    private static long megabytes(long bytes) {
        return Math.ceilDiv(bytes, 1_000_000L);
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
