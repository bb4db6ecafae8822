package io.modelmill.dataset.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever sent the files: each data set ends in rows or in an error that is for its owner, within 64 MiB of heap. */
class HostileFilesIT {
    private static final int CASES = 1_000;
    private static final long SEED = 20_260_101;

    @TempDir
    Path folder;

    private ReaderProcess reader;

    @BeforeEach
    void start() throws IOException {
        reader = ReaderProcess.start(folder);
    }

    @AfterEach
    void stop() {
        reader.close();
    }

    @Test
    void endsInRowsOrInAnErrorWhateverWasBroken() throws Exception {
        Mutator mutator = new Mutator(new SplittableRandom(SEED));
        List<String> wrong = new ArrayList<>();
        int refused = 0;
        int read = 0;
        for (int number = 0; number < CASES && wrong.isEmpty(); number++) {
            HostileCase hostile = mutator.next(number);
            String answer = reader.read(hostile);
            if (answer.startsWith("BAD ")) {
                refused++;
                if (!answer.contains(" (expected: ")) {
                    wrong.add(number + ", " + hostile.how() + " as " + hostile.format() + ": " + answer);
                }
            } else if (answer.startsWith("ROWS ")) {
                read++;
            } else {
                wrong.add(number + ", " + hostile.how() + " as " + hostile.format() + ": " + answer);
            }
        }

        assertThat(wrong).isEmpty();
        // Most are noticed. Not all can be: text with other letters is text.
        assertThat(refused).isGreaterThan(CASES / 2);
        assertThat(read).isGreaterThan(CASES / 20);
        assertThat(reader.end()).isZero();
    }

    @Test
    void refusesWhatUnpacksToMoreThanMemoryHolds() throws Exception {
        for (HostileCase bomb : Bombs.all()) {
            assertThat(reader.read(bomb))
                    .as("%s as %s", bomb.how(), bomb.format())
                    .startsWith("BAD ")
                    .contains(" (expected: ");
        }
        assertThat(reader.end()).isZero();
    }

    @Test
    void readsWhatIsWhole() throws Exception {
        for (Sample sample : Sample.all()) {
            assertThat(reader.read(new HostileCase("whole", sample.format(), sample.files())))
                    .as("%s", sample.format())
                    .isEqualTo("ROWS " + sample.rows());
        }
        assertThat(reader.end()).isZero();
    }
}
