package io.modelmill.benchmarks.echo;

import io.grpc.HandlerRegistry;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * grpc-java as it comes, without an executor between: takes a request's bytes into an array and answers bytes. The method
 * {@code echo.Echo/N} answers N of them.
 */
public final class EchoServer implements AutoCloseable {
    private static final int LARGEST_MESSAGE = 64 << 20;

    private final Server server;

    private EchoServer(Server server) {
        this.server = server;
    }

    /** Starts on a port; 0 takes a free one. */
    public static EchoServer start(String host, int port) throws IOException {
        return new EchoServer(NettyServerBuilder.forAddress(new InetSocketAddress(host, port))
                .directExecutor()
                .maxInboundMessageSize(LARGEST_MESSAGE)
                .fallbackHandlerRegistry(new Methods())
                .build()
                .start());
    }

    /** The method that answers a number of bytes. */
    public static String method(int responseBytes) {
        return "echo.Echo/" + responseBytes;
    }

    /** Where it listens. */
    public int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private static final class Methods extends HandlerRegistry {
        private final Map<String, ServerMethodDefinition<?, ?>> methods = new ConcurrentHashMap<>();

        @Override
        public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
            return methods.computeIfAbsent(name, Methods::method);
        }

        private static ServerMethodDefinition<?, ?> method(String name) {
            byte[] response = new byte[Integer.parseInt(name.substring(name.indexOf('/') + 1))];
            return ServerMethodDefinition.create(
                    MethodDescriptor.<byte[], byte[]>newBuilder()
                            .setType(MethodType.UNARY)
                            .setFullMethodName(name)
                            .setRequestMarshaller(new ByteMarshaller())
                            .setResponseMarshaller(new ByteMarshaller())
                            .build(),
                    ServerCalls.<byte[], byte[]>asyncUnaryCall((request, observer) -> {
                        observer.onNext(response);
                        observer.onCompleted();
                    }));
        }
    }

    private static final class ByteMarshaller implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new Bytes(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readNBytes(stream.available());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Bytes extends ByteArrayInputStream implements KnownLength {
        Bytes(byte[] bytes) {
            super(bytes);
        }
    }
}
