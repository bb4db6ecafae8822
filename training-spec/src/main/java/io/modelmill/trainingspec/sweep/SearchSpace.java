package io.modelmill.trainingspec.sweep;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/** All configurations of a sweep. What it answers depends on its arguments alone, so that every replica finds the same. */
public final class SearchSpace {
    /** Beyond so many, drawing one twice is unlikely and not worth keeping a list. */
    private static final long MOST_SHUFFLED = 100_000;

    private final List<Parameter> parameters;

    /** A space of these parameters, whose paths differ. */
    public SearchSpace(List<Parameter> parameters) {
        this.parameters = List.copyOf(parameters);
    }

    /** How many configurations there are; empty if they cannot be counted, or not by a long. */
    public OptionalLong size() {
        long size = 1;
        for (Parameter parameter : parameters) {
            OptionalLong values = parameter.domain().size();
            if (values.isEmpty() || Math.multiplyHigh(size, values.getAsLong()) != 0 || size * values.getAsLong() < 0) {
                return OptionalLong.empty();
            }
            size *= values.getAsLong();
        }
        return OptionalLong.of(size);
    }

    /** Most trials that a search can make of the space. */
    public long most(Search search) {
        return switch (search) {
            case GRID -> size().orElse(0);
            case RANDOM -> isShuffled() ? size().orElseThrow() : Long.MAX_VALUE;
        };
    }

    /**
     * The configuration of one trial.
     *
     * @param number of the trial, from 0 and below {@link #most}
     */
    public Configuration trial(Search search, int number, long seed) {
        if (search == Search.GRID) {
            return at(number);
        }
        if (isShuffled()) {
            return at(shuffled(number, Math.toIntExact(size().orElseThrow()), seed));
        }
        // Each trial has a stream of its own: the third is the same whether or not there is a second.
        SplittableRandom random = new SplittableRandom(mix(seed, number));
        Map<String, Scalar> values = new LinkedHashMap<>();
        parameters.forEach(
                parameter -> values.put(parameter.path(), parameter.domain().draw(random)));
        return new Configuration(values);
    }

    private boolean isShuffled() {
        return parameters.stream().allMatch(parameter -> parameter.domain() instanceof Domain.Values)
                && size().orElse(Long.MAX_VALUE) <= MOST_SHUFFLED;
    }

    /** Where a shuffle of the whole numbers below a size puts one. */
    private static long shuffled(int number, int size, long seed) {
        int[] order = new int[size];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < size; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order[number];
    }

    private Configuration at(long index) {
        LinkedHashMap<String, Scalar> backwards = new LinkedHashMap<>();
        long rest = index;
        for (Parameter parameter : parameters.reversed()) {
            long values = parameter.domain().size().orElseThrow();
            backwards.putFirst(parameter.path(), parameter.domain().at(rest % values));
            rest /= values;
        }
        return new Configuration(backwards);
    }

    private static long mix(long seed, int number) {
        return new SplittableRandom(seed ^ (number + 1L) * 0x9E3779B97F4A7C15L).nextLong();
    }
}
