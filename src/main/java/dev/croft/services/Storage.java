package dev.croft.services;

import dev.croft.access.ReadsOnly;
import dev.croft.access.RequiresOperator;
import dev.croft.access.RequiresViewer;
import dev.croft.hostlink.HostCommand.Directory;
import dev.croft.hostlink.HostCommand.FileEnd;
import dev.croft.hostlink.HostCommand.StorageReport;
import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import java.io.OutputStream;

/** Use cases: the files of apps. What is in them may be private: who only looks sees sizes, not names. */
public interface Storage {

    @RequiresViewer
    StorageReport volumes(HostName host, AppName app);

    /** @param path below the app's state directory, without a slash at its begin; empty: that itself */
    @ReadsOnly
    @RequiresOperator
    Directory browse(HostName host, AppName app, String path);

    /**
     * Copies a file to {@code out}, as fast as that takes it: no more than one chunk is ever held. A failure of {@code out} ends the
     * transfer with CANCELLED. Nothing was written when it fails before the first byte.
     */
    @RequiresOperator
    FileEnd read(HostName host, AppName app, String path, OutputStream out);
}
