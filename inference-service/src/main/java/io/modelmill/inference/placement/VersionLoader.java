package io.modelmill.inference.placement;

import ai.onnxruntime.OrtException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.modelmill.inference.batching.BatchMeasurement;
import io.modelmill.inference.batching.BatchPolicy;
import io.modelmill.inference.batching.Batcher;
import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.model.Datatype;
import io.modelmill.inference.model.ModelKey;
import io.modelmill.inference.model.ServedVersion;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.model.Signature;
import io.modelmill.inference.model.TensorSpec;
import io.modelmill.inference.pipeline.TextPipeline;
import io.modelmill.inference.pipeline.TextPipelines;
import io.modelmill.inference.serving.ServingFile;
import io.modelmill.inference.session.InputTensor;
import io.modelmill.inference.session.ModelSession;
import io.modelmill.inference.session.Sessions;
import io.modelmill.inference.session.TensorContent;
import io.modelmill.inference.session.Termination;
import io.modelmill.inference.statistics.MeteredStatistics;
import io.modelmill.servicekit.error.ServiceException;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Makes a version ready to answer: files, session, signature, a first run. */
final class VersionLoader {
    private static final Logger LOG = Logger.getLogger(VersionLoader.class);

    private static final int WARM_UP_THREAD = 0;

    private final VersionFiles files;
    private final MeasuredPolicies policies = new MeasuredPolicies();
    private final Sessions sessions;
    private final RunScheduler scheduler;
    private final TextPipelines pipelines;
    private final VersionSizes sizes;
    private final MeterRegistry meters;
    private final Tracer tracer;

    VersionLoader(
            VersionFiles files,
            Sessions sessions,
            RunScheduler scheduler,
            TextPipelines pipelines,
            VersionSizes sizes,
            MeterRegistry meters,
            Tracer tracer) {
        this.files = files;
        this.sessions = sessions;
        this.scheduler = scheduler;
        this.pipelines = pipelines;
        this.sizes = sizes;
        this.meters = meters;
        this.tracer = tracer;
    }

    /**
     * Loads and warms the version on the calling thread. The load is a trace of its own, linked to what caused it.
     *
     * @param claim gets its true size
     * @param cause span of the event or the call; may be invalid
     */
    LoadedVersion load(ModelKey model, ServedVersion version, Claim claim, SpanContext cause)
            throws LoadFailedException, InterruptedException {
        String name = model.versionName(version.number());
        Span span = tracer.spanBuilder("load version")
                .setNoParent()
                .addLink(cause)
                .setAttribute("modelmill.model", model.resourceName())
                .setAttribute("modelmill.version", version.number())
                .startSpan();
        Timer.Sample time = Timer.start(meters);
        try (Scope _ = span.makeCurrent()) {
            return loadTraced(model, version, claim, name, span);
        } finally {
            time.stop(Timer.builder("modelmill.placement.load.duration")
                    .description("Time of loads, failed ones too")
                    .register(meters));
            span.end();
        }
    }

    /** Forgets what was measured of other versions of the model. */
    void retain(ModelKey model, Set<Long> numbers) {
        policies.known().retain(model, numbers);
        sizes.retain(model, numbers);
    }

    private LoadedVersion loadTraced(ModelKey model, ServedVersion version, Claim claim, String name, Span span)
            throws LoadFailedException, InterruptedException {
        try {
            Path folder = files.bring(model, version);
            ServingFile file = servingFile(folder, version);
            ServingSpec serving = file.spec().overriddenBy(version.serving());
            Path graph = folder.resolve(version.graph().path());
            Warmed warmed = sizes.measuring(model, version, () -> warmed(graph, model, version, serving));
            ModelSession session = warmed.session();
            Optional<TextPipeline> pipeline = pipeline(serving, folder, session);
            claim.room().resize(sizes.of(model, version));
            LOG.infof("%s: loaded, %d bytes", name, claim.room().bytes());
            ServedVersion served = version.served(
                    signature(version, session),
                    version.classLabels().isEmpty() ? file.classLabels() : version.classLabels(),
                    TextPipeline.padded(serving, session.signature()));
            MeteredStatistics statistics = new MeteredStatistics(meters, model.qualifiedName(), version.number());
            Batcher batcher =
                    scheduler.batcher(claim.watch().apply(session), warmed.policy(), statistics, tracer, name);
            return new LoadedVersion(
                    model, served, session, batcher, pipeline, statistics, claim.residence(session::retire));
        } catch (LoadFailedException failure) {
            span.setStatus(StatusCode.ERROR, failure.getMessage());
            LOG.errorf("%s: not loaded: %s", name, failure.getMessage());
            throw failure;
        } catch (RuntimeException failure) {
            span.setStatus(StatusCode.ERROR);
            LOG.errorf(failure, "%s: not loaded", name);
            throw failure;
        }
    }

    private static ServingFile servingFile(Path folder, ServedVersion version) throws LoadFailedException {
        if (version.files().stream().noneMatch(file -> file.path().equals(ServingFile.NAME))) {
            return ServingFile.EMPTY;
        }
        try {
            return ServingFile.read(folder.resolve(ServingFile.NAME));
        } catch (IllegalArgumentException e) {
            throw new LoadFailedException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new LoadFailedException(ServingFile.NAME + " could not be read", e);
        }
    }

    private record Warmed(ModelSession session, BatchPolicy policy) {}

    private Warmed warmed(Path graph, ModelKey model, ServedVersion version, ServingSpec serving)
            throws LoadFailedException, InterruptedException {
        String name = model.versionName(version.number());
        LOG.infof("%s: its graph is opened", name);
        ModelSession session = open(graph, serving, name);
        try {
            Signature signature = signature(version, session);
            requireSignature(signature, session.signature());
            warm(session, signature, name);
            return new Warmed(
                    session, policy(session, model, version, TextPipeline.padded(serving, session.signature())));
        } catch (LoadFailedException | RuntimeException | InterruptedException failure) {
            session.retire();
            throw failure;
        }
    }

    private BatchPolicy policy(ModelSession session, ModelKey model, ServedVersion version, ServingSpec serving)
            throws LoadFailedException, InterruptedException {
        Optional<BatchPolicy> known = policies.find(model, version, serving);
        if (known.isPresent()) {
            return known.get();
        }
        try {
            BatchPolicy policy =
                    new BatchMeasurement(scheduler, session, model.versionName(version.number())).policy(serving);
            policies.put(model, version, serving, policy);
            return policy;
        } catch (IllegalArgumentException e) {
            throw new LoadFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The graph's own where none was announced. */
    private static Signature signature(ServedVersion version, ModelSession session) {
        return version.signature().isRead() ? version.signature() : session.signature();
    }

    private Optional<TextPipeline> pipeline(ServingSpec spec, Path folder, ModelSession session)
            throws LoadFailedException {
        try {
            return spec.pipeline().map(text -> pipelines.open(text, folder, session));
        } catch (IllegalArgumentException e) {
            session.retire();
            throw new LoadFailedException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            session.retire();
            throw e;
        }
    }

    private ModelSession open(Path graph, ServingSpec serving, String name) throws LoadFailedException {
        try {
            serving.device().ifPresent(sessions::requireDevice);
            return sessions.open(graph, name, serving.instances());
        } catch (IllegalArgumentException e) {
            throw new LoadFailedException(String.valueOf(e.getMessage()), e);
        } catch (OrtException e) {
            // Callers see the reason and have no business with this machine's folders.
            String why = String.valueOf(e.getMessage()).replace(graph.getParent() + "/", "");
            throw new LoadFailedException("ONNX Runtime refuses the graph: " + why, e);
        }
    }

    /** Requests are checked against the announced signature, so the graph must be as announced. */
    private static void requireSignature(Signature announced, Signature graph) throws LoadFailedException {
        for (TensorSpec input : graph.inputs()) {
            requireSame("input", input.name(), announced.input(input.name()).orElse(null), input);
        }
        for (TensorSpec input : announced.inputs()) {
            requireSame("input", input.name(), input, graph.input(input.name()).orElse(null));
        }
        for (TensorSpec output : announced.outputs()) {
            requireSame(
                    "output", output.name(), output, graph.output(output.name()).orElse(null));
        }
    }

    private static void requireSame(
            String kind, String name, @Nullable TensorSpec announced, @Nullable TensorSpec graph)
            throws LoadFailedException {
        if (announced == null || graph == null || announced.datatype() != graph.datatype()) {
            throw new LoadFailedException(kind + " \"" + name + "\" of the graph: " + describe(graph) + " (expected: "
                    + describe(announced) + ", as the version's signature says)");
        }
    }

    private static String describe(@Nullable TensorSpec spec) {
        return spec == null ? "none" : spec.datatype() + " " + spec.shape();
    }

    /**
     * Runs once on made-up input, so that the first caller does not pay for what ONNX Runtime does at a first run. A graph
     * that cannot work on made-up input is served all the same.
     */
    private void warm(ModelSession session, Signature signature, String name) throws InterruptedException {
        if (!signature.inputs().stream().allMatch(input -> input.datatype().canBeFed())) {
            return;
        }
        List<InputTensor> inputs =
                signature.inputs().stream().map(VersionLoader::madeUp).toList();
        List<String> outputs =
                signature.outputs().stream().map(TensorSpec::name).toList();
        session.acquire();
        try {
            scheduler.call(WARM_UP_THREAD, () -> {
                session.run(WARM_UP_THREAD, inputs, outputs, new Termination()).close();
                return outputs;
            });
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ServiceException refused) {
                LOG.warnf("%s: not warmed, its graph refuses made-up input: %s", name, refused.getMessage());
            } else {
                LOG.warnf(e.getCause(), "%s: not warmed", name);
            }
        } finally {
            session.release();
        }
    }

    private static InputTensor madeUp(TensorSpec spec) {
        List<Long> shape =
                spec.shape().stream().map(axis -> axis < 0 ? 1 : axis).toList();
        int elements = Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
        TensorContent content = spec.datatype() == Datatype.BYTES
                ? new TensorContent.Texts(Collections.nCopies(elements, ""))
                : new TensorContent.Elements(
                        Math.multiplyExact(elements, spec.datatype().elementBytes()), buffer -> {
                            while (buffer.hasRemaining()) {
                                buffer.put((byte) 0);
                            }
                        });
        return new InputTensor(spec.name(), spec.datatype(), shape, content);
    }
}
