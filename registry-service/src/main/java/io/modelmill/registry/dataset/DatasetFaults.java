package io.modelmill.registry.dataset;

import io.modelmill.dataset.BadDataException;
import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.FieldViolation;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.error.Violations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Faults of a data set's files, the first {@value #MOST} of them. */
final class DatasetFaults {
    static final int MOST = 20;

    private final String field;
    private final List<FieldViolation> found = new ArrayList<>();

    /** @param field that named the files */
    DatasetFaults(String field) {
        this.field = field;
    }

    void add(BadDataException fault) {
        fault.faults().stream()
                .limit(MOST - found.size())
                .forEach(message -> found.add(new FieldViolation(field, message)));
    }

    /** Faults of other fields of the request. */
    void add(Violations violations) {
        violations.found().stream().limit(MOST - found.size()).forEach(found::add);
    }

    boolean isFull() {
        return found.size() >= MOST;
    }

    void throwIfAny() {
        if (found.isEmpty()) {
            return;
        }
        String message = found.stream()
                .map(fault -> fault.field() + ": " + fault.description())
                .collect(Collectors.joining("; "));
        throw new ServiceException(CommonReason.INVALID_FIELD, message, found, Optional.empty());
    }
}
