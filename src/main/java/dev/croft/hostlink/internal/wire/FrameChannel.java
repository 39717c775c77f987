package dev.croft.hostlink.internal.wire;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;

/** A way on which frames travel, for one dialogue. Both methods block. */
public interface FrameChannel {

    void send(byte[] frame) throws IOException;

    /**
     * The next frame without its line end.
     *
     * @param patience how long to wait; zero means for as long as the link lives
     * @throws EOFException when the box has closed the channel
     */
    byte[] receive(Duration patience) throws IOException;
}
