package io.modelmill.fleet.quickstart;

import io.grpc.Channel;
import io.grpc.StatusException;
import io.modelmill.fleet.client.GatewayConnection;
import io.modelmill.fleet.client.JobFollower;
import io.modelmill.fleet.client.Phases;
import io.modelmill.fleet.client.PredictionClient;
import io.modelmill.fleet.client.PredictionClient.Probabilities;
import io.modelmill.fleet.client.PredictionClient.TopClass;
import io.modelmill.fleet.client.RegistryClient;
import io.modelmill.fleet.client.TenantKey;
import io.modelmill.fleet.client.TrainedVersion;
import io.modelmill.fleet.client.TrainingClient;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import io.modelmill.fleet.installation.FleetKeys;
import io.modelmill.fleet.installation.Installation;
import io.modelmill.fleet.quickstart.Digits.Digit;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Trains a model of handwritten digits through the gateway and predicts with it the digits that it has not seen. */
public final class Quickstart {
    /** The tenant that it makes. */
    public static final String TENANT = "quickstart";

    /** Id of the model that it trains. */
    public static final String MODEL = "digits";

    private static final String INFERENCE = "inference-service-1";
    private static final String HELD_OUT_FILE = "held-out-rows.json";
    private static final Duration JOB_LIMIT = Duration.ofMinutes(5);
    private static final int BATCH = 64;
    private static final int DRAWN_PER_LINE = 5;
    private static final int DRAWN_LINES = 2;

    private final Installation installation;
    private final FleetFolder folder;
    private final GatewayConnection gateway;
    private final Phases phases;
    private final JobFollower follower;
    private final PrintWriter out;

    /**
     * @param gateway of a running fleet
     * @param terminal whether lines may be drawn over
     */
    public Quickstart(
            Installation installation,
            FleetFolder folder,
            GatewayConnection gateway,
            Phases phases,
            PrintWriter out,
            boolean terminal) {
        this.installation = installation;
        this.folder = folder;
        this.gateway = gateway;
        this.phases = phases;
        this.follower = new JobFollower(folder, phases, out, terminal);
        this.out = out;
    }

    /**
     * What came out.
     *
     * @param accuracy fraction of the held-out digits that were recognised
     * @param rows number of held-out digits
     */
    public record Result(TrainedVersion version, double accuracy, int rows) {}

    /**
     * Does it all.
     *
     * @throws FleetException if any of it failed
     */
    public Result run(Charset charset) {
        String credential = phases.run(
                "tenant and key",
                "gateway",
                () -> TenantKey.obtain(gateway, new FleetKeys(folder.keys()), TENANT, out));
        Channel channel = gateway.with(credential);
        RegistryClient registry = new RegistryClient(channel, TENANT);
        Digits digits = Digits.read(installation.example("digits/digits.csv"));

        say("Data set: " + digits.rows().size() + " handwritten digits (8x8 pixels; scikit-learn, BSD-3-Clause)");
        String data = phases.run("upload", "registry-service", () -> upload(registry, digits));
        TrainedVersion version = train(channel, registry, data);
        PredictionClient predictions = new PredictionClient(channel);
        follower.awaitLoaded(predictions, MODEL, version);

        List<Digit> heldOut = phases.run("held-out rows", "registry-service", () -> heldOut(registry, version, digits));
        double accuracy = phases.run("predict", INFERENCE, () -> accuracy(predictions, version, heldOut));
        phases.run("draw", INFERENCE, () -> draw(predictions, version, heldOut, new DigitDrawing(charset)));
        return new Result(version, accuracy, heldOut.size());
    }

    private static String upload(RegistryClient registry, Digits digits) throws StatusException {
        String digest = registry.upload(digits.csv());
        registry.createDataset("digits", "Handwritten digits of 8x8 pixels, from scikit-learn.");
        return registry.datasetVersion("digits", digest);
    }

    private TrainedVersion train(Channel channel, RegistryClient registry, String data) {
        TrainingClient training = new TrainingClient(channel, TENANT);
        String job = phases.run("submit", "training-service", () -> submit(registry, training, data));
        say("Training " + job + " (examples/digits/job.json):");
        TrainedVersion version = follower.follow(training, registry, job, JOB_LIMIT);
        say("Made " + version.name() + ", " + version.state() + ": " + measures(version));
        return version;
    }

    private String submit(RegistryClient registry, TrainingClient training, String data) throws StatusException {
        String model = registry.createModel(MODEL, "Recognises a handwritten digit.");
        // Another seed each time: another split and other weights, so that a new version is a new model.
        long seed = registry.newestVersion(model) + 1;
        return training.submit(installation.example("digits/job.json"), model, data, seed);
    }

    /** The digits that took no part in the training. */
    private static List<Digit> heldOut(RegistryClient registry, TrainedVersion version, Digits digits)
            throws StatusException {
        String digest = version.files().get(HELD_OUT_FILE);
        if (digest == null) {
            throw new FleetException(version.name() + " has no " + HELD_OUT_FILE);
        }
        return digits.named(HELD_OUT_FILE, registry.download(digest));
    }

    /** Predicts all rows with whatever version is in production, which must be the new one. */
    private static double accuracy(PredictionClient predictions, TrainedVersion version, List<Digit> rows)
            throws StatusException {
        int right = 0;
        for (int start = 0; start < rows.size(); start += BATCH) {
            List<Digit> batch = rows.subList(start, Math.min(rows.size(), start + BATCH));
            Probabilities answer = predictions.predict(MODEL, "", pixels(batch));
            if (!answer.version().equals(number(version))) {
                throw new FleetException(
                        "version " + answer.version() + " of the model answered (expected: " + number(version) + ")");
            }
            for (int i = 0; i < batch.size(); i++) {
                String label =
                        version.classLabels().get(highest(answer.probabilities().get(i)));
                right += label.equals(batch.get(i).label()) ? 1 : 0;
            }
        }
        return (double) right / rows.size();
    }

    private int draw(PredictionClient predictions, TrainedVersion version, List<Digit> rows, DigitDrawing drawing)
            throws StatusException {
        List<Digit> drawn = rows.subList(0, Math.min(rows.size(), DRAWN_PER_LINE * DRAWN_LINES));
        List<TopClass> answers = predictions.classify(MODEL, number(version), pixels(drawn));
        for (int start = 0; start < drawn.size(); start += DRAWN_PER_LINE) {
            int end = Math.min(drawn.size(), start + DRAWN_PER_LINE);
            List<String> captions = IntStream.range(start, end)
                    .mapToObj(i -> caption(drawn.get(i), answers.get(i)))
                    .toList();
            out.println();
            drawing.draw(drawn.subList(start, end), captions).forEach(line -> out.println("  " + line));
        }
        out.println();
        out.flush();
        return drawn.size();
    }

    private static String caption(Digit digit, TopClass answer) {
        String text = String.format(Locale.ROOT, "%s  %.1f %%", answer.label(), 100 * answer.probability());
        return answer.label().equals(digit.label()) ? text : text + " (is " + digit.label() + ")";
    }

    private static List<float[]> pixels(List<Digit> digits) {
        return digits.stream().map(Digit::pixels).toList();
    }

    private static int highest(float[] probabilities) {
        int best = 0;
        for (int i = 1; i < probabilities.length; i++) {
            best = probabilities[i] > probabilities[best] ? i : best;
        }
        return best;
    }

    private static String number(TrainedVersion version) {
        return Long.toString(version.number());
    }

    private static String measures(TrainedVersion version) {
        return version.metrics().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(measure -> String.format(Locale.ROOT, "%s %.4g", measure.getKey(), measure.getValue()))
                .collect(Collectors.joining(", "));
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
