package io.modelmill.inference.pipeline;

import io.modelmill.inference.batching.RunScheduler;
import io.modelmill.inference.model.ServingSpec;
import io.modelmill.inference.session.ModelSession;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Opens the pipelines of versions that take text; they share the threads that tokenize. */
@ApplicationScoped
public class TextPipelines {
    private final Path nativeDirectory;
    private final ThreadPoolExecutor threads;

    public TextPipelines(PipelineConfig config) {
        this.nativeDirectory = config.nativeDirectory().toAbsolutePath();
        int count = config.threads().orElse(Runtime.getRuntime().availableProcessors());
        this.threads = new ThreadPoolExecutor(
                count,
                count,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(config.queueCapacity()),
                Thread.ofPlatform().name("tokenize-", 0).daemon().factory(),
                (task, executor) -> {
                    throw RunScheduler.full();
                });
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Opens the version's pipeline. It ends with the session.
     *
     * @param folder of the version's files
     * @throws IllegalArgumentException if graph or tokenizer do not fit, in words that a caller may see
     */
    public TextPipeline open(ServingSpec.Pipeline spec, Path folder, ModelSession session) {
        TextPipeline.requireFits(spec, session.signature());
        TextTokenizer tokenizer = tokenizer(spec, folder);
        session.closeWith(tokenizer::close);
        return new TextPipeline(spec, session.signature(), tokenizer, threads);
    }

    private TextTokenizer tokenizer(ServingSpec.Pipeline spec, Path folder) {
        TextTokenizer.prepare(nativeDirectory);
        try {
            return TextTokenizer.open(folder.resolve(spec.tokenizer()), spec.maxTokens());
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "serving.json: pipeline.tokenizer: \"" + spec.tokenizer()
                            + "\" (expected: the path of one of the version's files)",
                    e);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "serving.json: pipeline.tokenizer: \"" + spec.tokenizer()
                            + "\" (expected: a tokenizer.json that can be read: " + e.getMessage() + ")",
                    e);
        }
    }

    @PreDestroy
    void close() {
        threads.shutdownNow();
    }
}
