package io.modelmill.registry.validation;

/** What a file of a version is for. */
public enum FileKind {
    /** The graph; each version has exactly one. */
    ONNX_MODEL,
    /** Weights that the graph keeps outside itself. */
    EXTERNAL_DATA,
    /** A tokenizer.json. */
    TOKENIZER,
    /** Anything else, such as a model card. */
    OTHER
}
