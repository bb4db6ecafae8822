package io.modelmill.benchmarks.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelmill.benchmarks.faults.Forwarder.Mode;
import io.modelmill.benchmarks.machine.LoopbackPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ForwarderTest {
    private static final int SHORT_MILLIS = 200;

    private ServerSocket echo;
    private Forwarder forwarder;

    @BeforeEach
    void start() throws IOException {
        echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serve);
        forwarder = Forwarder.listen(LoopbackPort.free(), LoopbackPort.free(), echo.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        forwarder.close();
        echo.close();
    }

    @Test
    void passesBytesBothWaysPastATargetThatRefuses() throws IOException {
        for (int i = 0; i < 3; i++) {
            try (Socket client = connect()) {
                assertThat(echoed(client, 42)).isEqualTo(42);
            }
        }
    }

    @Test
    void endsTheOtherSideWithOne() throws IOException {
        try (Socket client = connect()) {
            assertThat(echoed(client, 0)).isEqualTo(-1);
        }
    }

    @Test
    void passesNothingWhileFrozenAndAllAfter() throws IOException {
        try (Socket client = connect()) {
            assertThat(echoed(client, 1)).isEqualTo(1);
            forwarder.set(Mode.FROZEN);
            try (Socket late = connect()) {
                client.getOutputStream().write(2);
                late.getOutputStream().write(3);
                for (Socket frozen : new Socket[] {client, late}) {
                    frozen.setSoTimeout(SHORT_MILLIS);
                    assertThatThrownBy(() -> frozen.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
                    frozen.setSoTimeout(0);
                }
                forwarder.set(Mode.OPEN);
                assertThat(client.getInputStream().read()).isEqualTo(2);
                assertThat(late.getInputStream().read()).isEqualTo(3);
            }
        }
    }

    @Test
    void resetsWhatIsAndWhatComesWhileCut() throws IOException {
        try (Socket client = connect()) {
            assertThat(echoed(client, 1)).isEqualTo(1);
            forwarder.set(Mode.CUT);
            assertEnded(client);
            try (Socket late = connect()) {
                assertEnded(late);
            }
        }
        forwarder.set(Mode.OPEN);
        try (Socket again = connect()) {
            assertThat(echoed(again, 5)).isEqualTo(5);
        }
    }

    private static void assertEnded(Socket client) {
        int answer;
        try {
            answer = client.getInputStream().read();
        } catch (IOException reset) {
            answer = -1;
        }
        assertThat(answer).isEqualTo(-1);
    }

    private Socket connect() throws IOException {
        return new Socket(LoopbackPort.HOST, forwarder.port());
    }

    private static int echoed(Socket client, int value) throws IOException {
        client.getOutputStream().write(value);
        return client.getInputStream().read();
    }

    /** Answers each byte with itself and ends at a zero. */
    private void serve() {
        while (!echo.isClosed()) {
            try {
                Socket socket = echo.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        for (int value = socket.getInputStream().read();
                                value > 0;
                                value = socket.getInputStream().read()) {
                            socket.getOutputStream().write(value);
                        }
                    } catch (IOException e) {
                        assertThat(e).hasMessageContainingAll("reset");
                    }
                });
            } catch (IOException e) {
                assertThat(echo.isClosed()).isTrue();
            }
        }
    }
}
