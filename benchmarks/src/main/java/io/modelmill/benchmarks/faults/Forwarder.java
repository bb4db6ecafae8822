package io.modelmill.benchmarks.faults;

import io.modelmill.benchmarks.machine.LoopbackPort;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Passes TCP connections on, on loopback, until it is told not to. */
final class Forwarder implements AutoCloseable {
    private static final int BUFFER = 16 << 10;
    private static final int CONNECT_MILLIS = 2_000;

    private final ServerSocket listener;
    private final int[] targets;
    private final AtomicInteger turn = new AtomicInteger();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Mode mode = Mode.OPEN;

    private Forwarder(ServerSocket listener, int[] targets) {
        this.listener = listener;
        this.targets = targets;
    }

    /** What becomes of connections. */
    enum Mode {
        /** They pass. */
        OPEN,
        /** They last, new ones are taken, and no byte passes until the link is open again. */
        FROZEN,
        /** They are reset, and so is each new one. */
        CUT
    }

    /** Listens on a port and connects to the targets in turns, to the next where one refuses. */
    static Forwarder listen(int port, int... targets) {
        try {
            ServerSocket listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(LoopbackPort.HOST, port));
            Forwarder forwarder = new Forwarder(listener, targets.clone());
            Thread.ofVirtual().name("forward-" + port).start(forwarder::accept);
            return forwarder;
        } catch (IOException e) {
            throw new UncheckedIOException("port " + port, e);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    void set(Mode wanted) {
        lock.lock();
        try {
            mode = wanted;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (wanted == Mode.CUT) {
            sockets.forEach(Forwarder::reset);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        set(Mode.CUT);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().name("forwarded").start(() -> forward(client));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void forward(Socket client) {
        sockets.add(client);
        Optional<Socket> server = mayPass() ? connect() : Optional.empty();
        try {
            // A cut that came in between has not seen the new connection.
            if (server.isPresent() && mayPass()) {
                Thread back = Thread.ofVirtual().name("forwarded-back").start(() -> pump(server.get(), client));
                pump(client, server.get());
                back.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            drop(client);
            server.ifPresent(this::drop);
        }
    }

    private Optional<Socket> connect() {
        for (int i = 0; i < targets.length; i++) {
            int target = targets[Math.floorMod(turn.getAndIncrement(), targets.length)];
            Socket server = new Socket();
            try {
                server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), CONNECT_MILLIS);
                sockets.add(server);
                return Optional.of(server);
            } catch (IOException e) {
                close(server);
            }
        }
        return Optional.empty();
    }

    private void drop(Socket socket) {
        reset(socket);
        sockets.remove(socket);
    }

    /** Until one side ends; the other is then reset, for nothing here lives on with one half. */
    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0 && mayPass(); read = in.read(buffer)) {
                out.write(buffer, 0, read);
            }
            close(to);
        } catch (IOException e) {
            reset(to);
        }
        close(from);
    }

    /** Waits while the link is frozen; answers whether it is not cut. */
    private boolean mayPass() {
        lock.lock();
        try {
            while (mode == Mode.FROZEN) {
                changed.awaitUninterruptibly();
            }
            return mode == Mode.OPEN;
        } finally {
            lock.unlock();
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is closed already, or never was connected.
            close(socket);
            return;
        }
        close(socket);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
