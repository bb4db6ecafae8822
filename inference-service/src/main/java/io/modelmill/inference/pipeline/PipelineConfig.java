package io.modelmill.inference.pipeline;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.OptionalInt;

/** What happens around the graphs of versions that take text. */
@ConfigMapping(prefix = "modelmill.pipeline")
public interface PipelineConfig {
    /** Folder in which the tokenizer's native library is unpacked; nobody else may be able to write into it. */
    @WithDefault("${user.home}/.modelmill/native")
    Path nativeDirectory();

    /** Requests that are tokenized at a time. Default: the processors. */
    OptionalInt threads();

    /** Requests that wait to be tokenized at most; more are answered RESOURCE_EXHAUSTED. */
    @WithDefault("256")
    int queueCapacity();
}
