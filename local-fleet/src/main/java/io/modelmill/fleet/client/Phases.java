package io.modelmill.fleet.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.modelmill.fleet.installation.FleetException;
import io.modelmill.fleet.installation.FleetFolder;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The steps of the way: how long each took, and what to look at if one fails. */
public final class Phases {
    private final FleetFolder folder;
    private final Map<String, Duration> durations = new LinkedHashMap<>();

    public Phases(FleetFolder folder) {
        this.folder = folder;
    }

    /** Work that may fail with a status. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws StatusException;
    }

    /** Does one step and notes how long it took. */
    public <T> T run(String phase, String service, Work<T> work) {
        Instant begin = Instant.now();
        T result = attempt(phase, service, work);
        add(phase, Duration.between(begin, Instant.now()));
        return result;
    }

    /**
     * Does something.
     *
     * @param what for the message if it fails
     * @param service whose log tells more then
     */
    public <T> T attempt(String what, String service, Work<T> work) {
        try {
            return work.run();
        } catch (StatusException e) {
            throw failed(what, service, e.getStatus(), e);
        } catch (StatusRuntimeException e) {
            throw failed(what, service, e.getStatus(), e);
        }
    }

    /** Notes how long a step took. */
    public void add(String phase, Duration duration) {
        durations.merge(phase, duration, Duration::plus);
    }

    /** One line: each step with its seconds. */
    public String summary() {
        StringBuilder text = new StringBuilder();
        durations.forEach((phase, duration) -> text.append(text.isEmpty() ? "" : ", ")
                .append(phase)
                .append(String.format(Locale.ROOT, " %.1f s", duration.toMillis() / 1e3)));
        return text.toString();
    }

    private FleetException failed(String what, String service, Status status, Exception cause) {
        List<String> faults = faults(cause);
        if (!faults.isEmpty()) {
            return new FleetException(what + " was refused:\n  " + String.join("\n  ", faults), cause);
        }
        return new FleetException(
                what + " failed: " + status.getCode()
                        + (status.getDescription() == null ? "" : ": " + status.getDescription()) + "; see "
                        + folder.log(service) + " and " + folder.log("gateway"),
                cause);
    }

    /** The fields that the service found wrong, each with what is wrong. */
    private static List<String> faults(Exception refusal) {
        com.google.rpc.Status details = StatusProto.fromThrowable(refusal);
        if (details == null) {
            return List.of();
        }
        try {
            for (Any detail : details.getDetailsList()) {
                if (detail.is(BadRequest.class)) {
                    return detail.unpack(BadRequest.class).getFieldViolationsList().stream()
                            .map(violation -> violation.getField() + ": " + violation.getDescription())
                            .toList();
                }
            }
        } catch (InvalidProtocolBufferException e) {
            // Not told by fields then: the status itself says what is wrong.
            return List.of();
        }
        return List.of();
    }
}
