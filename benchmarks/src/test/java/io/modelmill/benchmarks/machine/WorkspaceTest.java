package io.modelmill.benchmarks.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
    @Test
    void closesWhatItKeepsInReverseAndLeavesNothingBehind() throws Exception {
        List<String> closed = new ArrayList<>();
        Workspace workspace = Workspace.open();
        Files.createDirectories(workspace.folder().resolve("models/a/1"));
        workspace.keep(() -> closed.add("first"));
        AutoCloseable early = workspace.keep(() -> closed.add("early"));
        workspace.keep(() -> closed.add("last"));

        workspace.drop(early);
        workspace.close();
        workspace.close();

        assertThat(closed).containsExactly("early", "last", "first");
        assertThat(workspace.isClosed()).isTrue();
        assertThat(workspace.folder()).doesNotExist();
    }

    @Test
    void takesNothingOnceItIsClosed() throws IOException {
        List<String> closed = new ArrayList<>();
        Workspace workspace = Workspace.open();
        workspace.close();

        assertThatThrownBy(() -> workspace.keep(() -> closed.add("late"))).hasMessageContaining("being stopped");
        assertThat(closed).containsExactly("late");
    }

    @Test
    void stopsAProcessAndTellsItsLastWords() throws IOException {
        try (Workspace workspace = Workspace.open()) {
            ChildProcess cat = workspace.keep(ChildProcess.talking(
                    "cat", List.of("cat"), workspace.folder().resolve("cat.log")));
            assertThat(cat.ask("order")).isEqualTo("order");
            cat.close();

            assertThatThrownBy(() -> cat.ask("order")).hasMessageContaining("cat has ended");
            assertThatThrownBy(cat::requireAlive).hasMessageContaining("cat has ended with");
        }
    }
}
