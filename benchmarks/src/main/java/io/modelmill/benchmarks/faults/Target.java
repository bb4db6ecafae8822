package io.modelmill.benchmarks.faults;

/** What a fault befalls. */
enum Target {
    TRAINING_A(8, false),
    TRAINING_B(8, false),
    REGISTRY(6, false),
    GATEWAY(4, false),
    KAFKA(4, false),
    POSTGRES(4, false),
    /** One of the workers that run, whichever. */
    WORKER(20, false),
    TRAINING_A_TO_POSTGRES(3, true),
    TRAINING_B_TO_POSTGRES(3, true),
    REGISTRY_TO_POSTGRES(2, true),
    GATEWAY_TO_POSTGRES(2, true),
    /** Of all services: a broker tells its clients one address. */
    SERVICES_TO_KAFKA(3, true),
    /** Of both replicas and all workers. */
    TRAINING_TO_REGISTRY(3, true),
    WORKERS_TO_TRAINING_A(4, true),
    WORKERS_TO_TRAINING_B(4, true),
    GATEWAY_TO_TRAINING(2, true);

    private final int weight;
    private final boolean link;

    Target(int weight, boolean link) {
        this.weight = weight;
        this.link = link;
    }

    /** How often it is chosen, beside the others' weights. */
    int weight() {
        return weight;
    }

    /** Whether it is a connection, and not a process. */
    boolean isLink() {
        return link;
    }
}
