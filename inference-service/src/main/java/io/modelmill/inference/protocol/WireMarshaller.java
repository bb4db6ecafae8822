package io.modelmill.inference.protocol;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.grpc.MethodDescriptor;
import java.io.InputStream;

/**
 * Lets requests stay in the transport's buffers. It never throws: a failure inside a marshaller would end the call as a
 * fault of ours, so a request that is none tells so when it is asked for its message.
 */
final class WireMarshaller<Q extends MessageLite> implements MethodDescriptor.Marshaller<WireMessage<Q>> {
    private final Parser<Q> parser;
    private final WireCost cost;

    /** @param cost what a request takes when it is parsed */
    WireMarshaller(Parser<Q> parser, WireCost cost) {
        this.parser = parser;
        this.cost = cost;
    }

    @Override
    public InputStream stream(WireMessage<Q> value) {
        throw new UnsupportedOperationException("requests are only read");
    }

    @Override
    public WireMessage<Q> parse(InputStream stream) {
        return WireMessage.read(stream, parser, cost, AdmittedCall.current());
    }
}
