package io.modelmill.worker.checkpoint;

import io.modelmill.worker.failure.PlatformFailedException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A state as a file: the magic and version, the length of the header, the header, the tensors' bytes one after another
 * (little-endian), and a checksum of all before it. Numbers of the header are big-endian, texts are their length in bytes and
 * UTF-8.
 */
public final class CheckpointFile {
    /** The last byte is the version: another layout gets another. */
    private static final byte[] MAGIC = {'M', 'M', 'C', 'K', 'P', 'T', 0, 1};

    private static final int LONGEST_HEADER = 16 << 20;
    private static final int LONGEST_TEXT = 1024;
    private static final int CHUNK = 1 << 20;

    private CheckpointFile() {}

    /** Writes a state: the file is there whole or not at all. */
    public static void write(TrainingState state, Path file) {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try {
            try (FileChannel channel = FileChannel.open(
                    partial,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                write(state, channel);
            }
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new PlatformFailedException("a checkpoint cannot be kept on disk: " + e.getMessage(), e);
        }
    }

    private static void write(TrainingState state, FileChannel channel) throws IOException {
        var tensors = new TreeMap<>(state.tensors());
        byte[] header = header(state, tensors);
        var sum = new CRC32C();
        put(channel, ByteBuffer.wrap(MAGIC), sum);
        put(channel, ByteBuffer.allocate(Integer.BYTES).putInt(header.length).flip(), sum);
        put(channel, ByteBuffer.wrap(header), sum);
        for (Tensor tensor : tensors.values()) {
            put(channel, bytes(tensor), sum);
        }
        put(channel, ByteBuffer.allocate(Long.BYTES).putLong(sum.getValue()).flip(), sum);
    }

    private static byte[] header(TrainingState state, TreeMap<String, Tensor> tensors) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            text(out, state.digest());
            out.writeInt(state.epoch());
            out.writeLong(state.step());
            out.writeInt(state.numbers().size());
            for (Map.Entry<String, Double> number : new TreeMap<>(state.numbers()).entrySet()) {
                text(out, number.getKey());
                out.writeDouble(number.getValue());
            }
            out.writeInt(tensors.size());
            for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
                text(out, tensor.getKey());
                out.writeLong(tensor.getValue().numel());
            }
        }
        return bytes.toByteArray();
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void put(FileChannel channel, ByteBuffer bytes, CRC32C sum) throws IOException {
        sum.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The memory of a tensor, in the machine's order, which is little-endian wherever libtorch runs. */
    private static ByteBuffer bytes(Tensor tensor) {
        if (tensor.scalar_type().intern() != torch.ScalarType.Float || !tensor.is_contiguous()) {
            throw new IllegalArgumentException("a state holds contiguous 32-bit floats alone");
        }
        // Memory of no bytes has no address.
        return tensor.numel() == 0
                ? ByteBuffer.allocate(0)
                : new BytePointer(tensor.data_ptr()).capacity(tensor.nbytes()).asByteBuffer();
    }

    /**
     * Reads a state; its tensors are the caller's scope's.
     *
     * @throws BadCheckpointException when the file is no checkpoint of this version, or damaged
     */
    public static TrainingState read(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(channel);
        } catch (BufferUnderflowException e) {
            throw new BadCheckpointException("the checkpoint is cut off");
        } catch (IOException e) {
            throw new PlatformFailedException("a checkpoint cannot be read from disk: " + e.getMessage(), e);
        }
    }

    private static TrainingState read(FileChannel channel) throws IOException {
        long left = channel.size() - MAGIC.length - Integer.BYTES - Long.BYTES;
        if (left < 0) {
            throw new BadCheckpointException("the checkpoint has %d bytes (expected: more)".formatted(channel.size()));
        }
        checkSum(channel);
        ByteBuffer start = take(channel, MAGIC.length + Integer.BYTES);
        byte[] magic = new byte[MAGIC.length];
        start.get(magic);
        if (!java.util.Arrays.equals(magic, MAGIC)) {
            throw new BadCheckpointException("the file is no checkpoint of version " + MAGIC[MAGIC.length - 1]);
        }
        int length = start.getInt();
        if (length < 0 || length > Math.min(left, LONGEST_HEADER)) {
            throw new BadCheckpointException("the checkpoint's header has %d bytes (expected: at most %d)"
                    .formatted(length, Math.min(left, LONGEST_HEADER)));
        }
        ByteBuffer header = take(channel, length);
        String digest = text(header);
        int epoch = header.getInt();
        long step = header.getLong();
        Map<String, Double> numbers = new HashMap<>();
        for (int count = header.getInt(); count > 0; count--) {
            numbers.put(text(header), header.getDouble());
        }
        Map<String, Tensor> tensors = new HashMap<>();
        left -= length;
        for (int count = header.getInt(); count > 0; count--) {
            String name = text(header);
            long values = header.getLong();
            if (values < 0 || values > left / Float.BYTES) {
                throw new BadCheckpointException("the checkpoint's `%s` has %d values (expected: at most %d)"
                        .formatted(name, values, left / Float.BYTES));
            }
            left -= values * Float.BYTES;
            tensors.put(name, tensor(channel, values));
        }
        if (left != 0) {
            throw new BadCheckpointException("the checkpoint has %d bytes too many".formatted(left));
        }
        return new TrainingState(digest, epoch, step, numbers, tensors);
    }

    /** Before anything is believed. */
    private static void checkSum(FileChannel channel) throws IOException {
        var sum = new CRC32C();
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        for (long left = channel.size() - Long.BYTES; left > 0; ) {
            chunk.clear().limit((int) Math.min(left, CHUNK));
            left -= fill(channel, chunk);
            sum.update(chunk);
        }
        long written = take(channel, Long.BYTES).getLong();
        if (written != sum.getValue()) {
            throw new BadCheckpointException(
                    "the checkpoint's checksum is %x (expected: %x)".formatted(sum.getValue(), written));
        }
        channel.position(0);
    }

    private static ByteBuffer take(FileChannel channel, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        fill(channel, bytes);
        return bytes;
    }

    /** Fills the buffer, makes it ready to be read and answers its length. */
    private static int fill(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new BadCheckpointException("the checkpoint is cut off");
            }
        }
        bytes.flip();
        return bytes.limit();
    }

    private static String text(ByteBuffer header) {
        int length = header.getInt();
        if (length < 0 || length > LONGEST_TEXT) {
            throw new BadCheckpointException(
                    "the checkpoint has a name of %d bytes (expected: at most %d)".formatted(length, LONGEST_TEXT));
        }
        byte[] bytes = new byte[length];
        header.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Tensor tensor(FileChannel channel, long values) throws IOException {
        Tensor tensor = torch.empty(values);
        fill(channel, bytes(tensor).order(ByteOrder.nativeOrder()));
        return tensor;
    }
}
