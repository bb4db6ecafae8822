package io.modelmill.benchmarks.runner;

import ai.onnxruntime.OrtException;
import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Answers each {@link RunOrder}, a line of JSON, by a {@link RunOutcome}, another. Ends when its standard input does. */
public final class RunnerMain {
    private RunnerMain() {}

    public static void main(String[] arguments) throws IOException, OrtException {
        Gson gson = new Gson();
        GraphRuns runs = new GraphRuns();
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            System.out.println(gson.toJson(runs.run(gson.fromJson(order, RunOrder.class))));
        }
    }
}
