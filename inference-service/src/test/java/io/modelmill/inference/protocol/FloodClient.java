package io.modelmill.inference.protocol;

import io.modelmill.proto.inference.GRPCInferenceServiceGrpc;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Calls ModelInfer with many large requests at once. grpc-java would copy each request before it sends it; here all calls
 * send the same bytes.
 */
final class FloodClient implements AutoCloseable {
    private final EventLoopGroup eventLoops = new NioEventLoopGroup(1);
    private final List<Channel> connections = new ArrayList<>();
    private final ByteBuf message;
    private int calls;

    /**
     * @param connections among which the calls take turns
     * @param request the message of all calls
     */
    FloodClient(int port, int connections, byte[] request) throws InterruptedException {
        ByteBuf framed = Unpooled.directBuffer(request.length + 5);
        this.message = framed.writeByte(0).writeInt(request.length).writeBytes(request);
        Bootstrap connect = new Bootstrap()
                .group(eventLoops)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forClient().build(),
                                        new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                    }
                });
        for (int connection = 0; connection < connections; connection++) {
            this.connections.add(connect.connect("127.0.0.1", port).sync().channel());
        }
    }

    /** Calls once; answers the trailers. */
    CompletableFuture<Http2Headers> call() throws InterruptedException {
        Answer answer = new Answer();
        Channel stream = new Http2StreamChannelBootstrap(connections.get(calls++ % connections.size()))
                .handler(answer)
                .open()
                .sync()
                .getNow();
        stream.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers()
                .method("POST")
                .scheme("http")
                .authority("127.0.0.1")
                .path("/" + GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName())
                .set("content-type", "application/grpc")
                .set("te", "trailers")));
        // A refused call's stream closes while this is being sent, which fails the write and is no failure of the test.
        stream.writeAndFlush(new DefaultHttp2DataFrame(message.retainedDuplicate(), true));
        return answer.trailers;
    }

    @Override
    public void close() throws InterruptedException {
        for (Channel connection : connections) {
            connection.close().sync();
        }
        message.release();
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    private static final class Answer extends ChannelInboundHandlerAdapter {
        final CompletableFuture<Http2Headers> trailers = new CompletableFuture<>();

        @Override
        public void channelRead(ChannelHandlerContext context, Object frame) {
            switch (frame) {
                case Http2HeadersFrame headers
                when headers.isEndStream() -> {
                    trailers.complete(headers.headers());
                    context.close();
                }
                case Http2DataFrame data -> {
                    context.writeAndFlush(
                            new DefaultHttp2WindowUpdateFrame(data.initialFlowControlledBytes()).stream(data.stream()));
                    data.release();
                }
                case Http2ResetFrame reset ->
                    trailers.completeExceptionally(new AssertionError("reset: " + reset.errorCode()));
                default -> {}
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            trailers.completeExceptionally(new AssertionError("the stream ended without trailers"));
        }
    }
}
