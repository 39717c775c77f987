package app;

import java.security.MessageDigest;
import java.util.HexFormat;

public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        // a digest needs the security configuration of the JDK, which is easy to lose in a build sandbox
        byte[] digest = MessageDigest.getInstance("SHA-256").digest("java".getBytes());
        System.out.println("hello from java " + HexFormat.of().formatHex(digest, 0, 4));
    }
}
