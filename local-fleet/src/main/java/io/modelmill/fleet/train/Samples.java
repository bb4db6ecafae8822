package io.modelmill.fleet.train;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.modelmill.fleet.client.NamedTensor;
import io.modelmill.fleet.installation.FleetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows with the answers that the trainer itself computed for them, as a version's {@value #FILE} holds them: the Open
 * Inference Protocol's REST form of a request and its response in one.
 */
record Samples(List<NamedTensor> inputs, List<NamedTensor> outputs) {
    /** The file of a version. */
    static final String FILE = "samples.json";

    Samples {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /** Number of rows. */
    long rows() {
        return inputs.getFirst().shape().getFirst();
    }

    static Samples read(byte[] json) {
        try {
            JsonObject object = JsonParser.parseString(new String(json, StandardCharsets.UTF_8))
                    .getAsJsonObject();
            Samples samples = new Samples(tensors(object, "inputs"), tensors(object, "outputs"));
            if (samples.inputs().isEmpty() || samples.outputs().isEmpty()) {
                throw new FleetException(FILE + ": no inputs or no outputs (expected: at least one of each)");
            }
            return samples;
        } catch (JsonParseException | IllegalStateException | NumberFormatException | UnsupportedOperationException e) {
            throw new FleetException(FILE + ": " + e.getMessage() + " (expected: inputs and outputs as JSON)", e);
        }
    }

    /**
     * The largest distance of any answer from the trainer's.
     *
     * @throws FleetException if an answer is missing or of another shape
     */
    double largestDifference(List<NamedTensor> answers) {
        double largest = 0;
        for (NamedTensor expected : outputs) {
            NamedTensor actual = answers.stream()
                    .filter(answer -> answer.name().equals(expected.name()))
                    .findFirst()
                    .orElseThrow(() -> new FleetException(
                            "no output \"" + expected.name() + "\" in the answer (expected: as in " + FILE + ")"));
            if (!actual.shape().equals(expected.shape())) {
                throw new FleetException("output \"" + expected.name() + "\" of shape " + actual.shape()
                        + " (expected: " + expected.shape() + ", as in " + FILE + ")");
            }
            for (int i = 0; i < expected.numbers().length; i++) {
                // The larger of a number and no number is no number.
                largest = Math.max(largest, Math.abs(expected.numbers()[i] - actual.numbers()[i]));
            }
        }
        return largest;
    }

    private static List<NamedTensor> tensors(JsonObject object, String name) {
        List<NamedTensor> tensors = new ArrayList<>();
        for (JsonElement element : array(object, name)) {
            tensors.add(tensor(element.getAsJsonObject()));
        }
        return tensors;
    }

    private static NamedTensor tensor(JsonObject tensor) {
        String name = member(tensor, "name").getAsString();
        String datatype = member(tensor, "datatype").getAsString();
        List<Long> shape = array(tensor, "shape").asList().stream()
                .map(JsonElement::getAsLong)
                .toList();
        List<JsonElement> data = array(tensor, "data").asList();
        boolean texts = datatype.equals("BYTES");
        NamedTensor read = new NamedTensor(
                name,
                datatype,
                shape,
                texts
                        ? new double[0]
                        : data.stream().mapToDouble(JsonElement::getAsDouble).toArray(),
                texts ? data.stream().map(JsonElement::getAsString).toList() : List.of());
        if (shape.isEmpty() || read.size() != data.size()) {
            throw new FleetException(FILE + ": " + name + " has " + data.size()
                    + " values (expected: as many as the shape " + shape + " says, with the batch's axis first)");
        }
        return read;
    }

    private static JsonArray array(JsonObject object, String name) {
        return member(object, name).getAsJsonArray();
    }

    private static JsonElement member(JsonObject object, String name) {
        JsonElement member = object.get(name);
        if (member == null) {
            throw new FleetException(FILE + ": no \"" + name + "\"");
        }
        return member;
    }
}
