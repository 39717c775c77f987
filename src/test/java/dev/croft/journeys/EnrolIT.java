package dev.croft.journeys;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.croft.running.Api;
import dev.croft.running.Command;
import dev.croft.running.Croft;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A machine that has a life of its own is taken in: what the page shows is run on it, over HTTP, and its first app is live. */
class EnrolIT {

    private static final String USERNAME = "ada";
    private static final String PASSWORD = "correct horse battery staple";
    private static final Duration SHORT = Duration.ofMinutes(3);
    private static final double OPERATION_MILLIS = 180_000;
    private static final String NIXPKGS = "/usr/share/croft-sandbox/nixpkgs";

    private final Croft croft = Croft.fresh("journey-enrol");

    @BeforeEach
    void aMachineOfSomebodys() throws IOException {
        croft.sandbox("start", "--blank").orFail();
        Path nixpkgs = croft.inRoot(NIXPKGS);
        Files.createDirectories(nixpkgs.getParent());
        Command.run(SHORT, "cp", "-RT", "host-setup/sandbox/nixpkgs", nixpkgs.toString())
                .orFail();
        write("/etc/nixos/configuration.nix", """
                { pkgs, ... }:
                {
                  imports = [ ./hardware-configuration.nix ];
                  networking.hostName = "shed";
                  system.stateVersion = "25.11";
                  services.openssh.enable = true;
                  environment.systemPackages = [ pkgs.jq ];
                }
                """);
        write("/etc/nixos/hardware-configuration.nix", """
                { lib, ... }: { nixpkgs.hostPlatform = lib.mkDefault "x86_64-linux"; }
                """);
        // NixOS builds it from files; the stand-in from flakes only.
        write("/srv/first/flake.nix", """
                {
                  inputs.nixpkgs.url = "path:%s";
                  outputs = { nixpkgs, ... }: {
                    nixosConfigurations.shed = nixpkgs.lib.nixosSystem { modules = [ ./configuration.nix ]; };
                  };
                }
                """.formatted(NIXPKGS));
        croft.inBox("sh", "-c", "cp /etc/nixos/*.nix /srv/first/").orFail();
        croft.inBox("nixos-rebuild", "switch", "--flake", "path:/srv/first#shed")
                .orFail();
    }

    @AfterEach
    void stop() {
        croft.destroy();
    }

    @Test
    void theShownCommandLetsTheConsoleInAndTheFirstAppIsLive() {
        // Boxes reach it.
        URI ready = croft.with("SERVER_ADDRESS", "0.0.0.0").up("--host", "none");
        String address =
                Api.fetch(croft.url().resolve("/api/v1/status").toString()).status() == 200 ? boxAddress() : "";
        URI outside = URI.create("http://" + croft.gateway() + ":" + croft.port() + "/");
        Api.claim(ready, USERNAME, PASSWORD);
        try (Browser browser = new Browser()) {
            browser.page().navigate(outside.resolve("/add-box").toString());
            browser.signIn(USERNAME, PASSWORD);
            browser.fill("box-name", "shed");
            browser.fill("box-address", address);
            browser.click("#box-ask");
            assertThat(browser.page().locator("#box-fingerprint")).hasText(fingerprint());
            browser.click("#box-same");
            Locator command = browser.page().locator("#box-command");
            assertThat(command).containsText("tarball+" + outside + "enrol/croft.tar.gz?dir=nix&narHash=sha256-");
            assertThat(browser.page().locator("#box-waiting")).containsText("Waiting");

            String said = pasted(command.textContent()
                    // This box reaches nobody who has the other.
                    + " --nixpkgs path:" + NIXPKGS);

            assertThat(said).contains("shed is enrolled");
            assertThat(browser.page().locator("#box-waiting"))
                    .containsText(
                            "shed is here", new LocatorAssertions.ContainsTextOptions().setTimeout(OPERATION_MILLIS));
            // What the owner had is still there.
            assertThat(croft.inBox("cat", "/var/lib/croft/flake/host/nixos/configuration.nix")
                            .orFail()
                            .out())
                    .contains("pkgs.jq");

            browser.page().getByText("Set it up").click();
            browser.page().waitForURL(url -> URI.create(url).getPath().equals("/wizard"));
            browser.click("#wizard-straight");
            browser.click("#wizard-live");
            Locator live = browser.page().locator("#wizard-url");
            assertThat(live).isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(OPERATION_MILLIS));
            assertThat(Api.fetch(live.getAttribute("href")).text()).contains("Your first app is live");
            assertThat(browser.errors()).isEmpty();
        }
    }

    /** As somebody does it: in a terminal, and with a yes to what it says that it will do. */
    private String pasted(String command) {
        return croft.inBox("sh", "-c", "echo y | script --quiet --return --command \"$1\" /dev/null", "sh", command)
                .orFail()
                .out();
    }

    private String fingerprint() {
        return croft.inBox("ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub")
                .orFail()
                .out()
                .split(" ")[1];
    }

    private String boxAddress() {
        return croft.inBox("hostname", "--all-ip-addresses")
                .orFail()
                .out()
                .strip()
                .split(" ")[0];
    }

    private void write(String file, String text) throws IOException {
        Path target = croft.inRoot(file);
        Files.createDirectories(target.getParent());
        Files.writeString(target, text);
    }
}
