"""The host contract on machines that are not at hand: each item red for its reason, and what mends it."""

import os
import shutil
import tempfile
import time
import unittest

from box import Box, app, state_text
from console import result
from croft_hostd import config, probe
from croft_hostd.system import System

#: Ids by group, as docs/protocol.md lists them.
GROUPS = {
    "machine": ["os", "virtualization", "kvm", "memory"],
    "kernel": ["kernel", "cgroup", "controllers", "psi", "user-namespaces", "nftables", "wireguard"],
    "nix": ["nix", "flakes", "sandbox-builds", "trusted-users", "substituters", "flake", "profile", "drift"],
    "system": ["systemd", "systemd-version", "journal", "time", "boot-loader", "host-key"],
    "network": ["ipv6", "dns", "ports"],
    "storage": ["disk", "layout", "boot"],
}
PROTOCOL = os.path.join(os.path.dirname(__file__), "..", "..", "..", "docs/protocol.md")


class ProbeTest(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)
        # Name servers that answer.
        self.box.zones = {("cache.nixos.org", 1): [bytes((192, 0, 2, 1))]}
        self.box.write("/etc/resolv.conf", "nameserver 192.0.2.53\n")

    def checks(self):
        return {check["id"]: check for check in result(self.box, type="probe")["checks"]}

    def check(self, identity):
        return self.checks()[identity]

    def assert_red(self, identity, *words, fix=None, ok=False):
        check = self.check(identity)
        self.assertIs(check["ok"], ok, check)
        told = f"{check['found']} | {check['next']}"
        for word in words:
            self.assertIn(word, told)
        set_ = check["fix"] and {edit["pointer"]: edit["value"] for edit in check["fix"]["set"]}
        self.assertEqual(set_, fix)
        return check

    # -- the whole -------------------------------------------------------------------------------------------------

    def test_every_item_has_its_group_and_the_protocol_names_it(self):
        found = {}
        for check in self.checks().values():
            found.setdefault(check["group"], []).append(check["id"])
            self.assertIn(check["level"], ("must", "should", "info"))
            self.assertTrue(check["found"] and check["wanted"] and check["why"], check)
        self.assertEqual(found, GROUPS)
        with open(PROTOCOL, encoding="utf-8") as file:
            protocol = file.read()
        self.assertIn("; ".join(", ".join(f"`{one}`" for one in ids) for ids in GROUPS.values()).replace("\n", " "), protocol.replace("\n", " "))

    def test_a_good_box_is_green_but_for_what_nobody_can_see_from_inside(self):
        self.assertEqual({check["id"]: check["found"] for check in self.checks().values() if check["ok"] is not True}.keys(), {"ports"})
        self.assertTrue(all(check["next"] is None and check["fix"] is None for check in self.checks().values() if check["ok"]))

    def test_each_red_item_says_what_to_do(self):
        shutil.rmtree(self.box.path("/sys"))
        shutil.rmtree(self.box.path("/lib"))
        shutil.rmtree(self.box.path("/etc/ssh"))
        shutil.rmtree(self.box.path("/boot"))
        for place in ("/proc/pressure/memory", "/proc/net/if_inet6", "/proc/self/mounts", "/etc/os-release"):
            os.remove(self.box.path(place))
        self.box.write("/proc/sys/user/max_user_namespaces", "0\n")
        self.box.nix_settings = {"substituters": []}
        self.box.nix_version = "nix (Nix) 2.3"
        self.box.state, self.box.synchronized, self.box.journald = "maintenance", "no", "Storage=volatile\n"
        self.box.release, self.box.free, self.box.zones = "4.19.0", 0, {}
        red = [check for check in self.checks().values() if check["ok"] is False]
        self.assertGreater(len(red), 15)
        self.assertEqual([check["id"] for check in red if not check["next"]], [])

    # -- the machine -----------------------------------------------------------------------------------------------

    def test_a_processor_with_kvm_whose_module_is_not_loaded(self):
        shutil.rmtree(self.box.path("/sys/class"))
        state = state_text(machine={"kernelModules": ["wireguard"]})
        self.box.point(config.CURRENT_SYSTEM, self.box.path(self.box.closure("modules", state, "0" * 40)))
        self.assert_red("kvm", "kvm-intel is not loaded", fix={"/host/machine/kernelModules": ["kvm-intel", "wireguard"]})
        self.box.write("/proc/cpuinfo", "flags : fpu svm\n")
        self.assert_red("kvm", "kvm-amd", fix={"/host/machine/kernelModules": ["kvm-amd", "wireguard"]})

    def test_a_machine_without_kvm(self):
        shutil.rmtree(self.box.path("/sys/class"))
        self.box.write("/proc/cpuinfo", "flags : fpu\n")
        self.assertEqual(self.assert_red("kvm", "does not offer it", "nested virtualization")["level"], "info")

    def test_lxc_costs_what_it_costs(self):
        self.box.virtualization = "lxc"
        shutil.rmtree(self.box.path("/sys/class"))
        self.box.write("/sys/fs/cgroup/cgroup.controllers", "cpu pids\n")
        for directory in ("/boot", "/lib"):
            shutil.rmtree(self.box.path(directory))
        self.box.synchronized = "no"
        self.assertIn("container (lxc)", self.assert_red("virtualization", "hand all cgroup controllers on")["found"])
        self.assert_red("kvm", "machine below")
        self.assert_red("controllers", "delegate io memory")
        self.assert_red("wireguard", "machine below", ok=None)
        self.assert_red("time", "machine below")
        self.assertIs(self.check("boot-loader")["ok"], True)

    def test_bare_metal_and_virtual_machines(self):
        for kind, words in (("none", "bare metal"), ("kvm", "a virtual machine (kvm)")):
            self.box.virtualization = kind
            self.assertEqual((self.check("virtualization")["ok"], self.check("virtualization")["found"]), (True, words))

    def test_one_gigabyte_of_memory(self):
        self.box.write("/proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 600000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n")
        check = self.assert_red("memory", "no swap", "more memory", fix={"/host/machine/zramSwap": True})
        self.assertEqual(check["level"], "must")
        self.box.write("/proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 600000 kB\nSwapTotal: 900000 kB\nSwapFree: 900000 kB\n")
        self.assertIs(self.check("memory")["ok"], True)

    # -- the kernel ------------------------------------------------------------------------------------------------

    def test_old_kernels(self):
        self.box.release = "5.10.0-arch1"
        self.assertEqual(self.assert_red("kernel", "boot.kernelPackages")["level"], "should")
        self.box.release = "4.19.0"
        self.assertEqual(self.assert_red("kernel", "4.19.0")["level"], "must")
        for release, ok in (("5.14.0", True), ("7.0-rc1", True), ("what", None)):
            self.box.release = release
            self.assertIs(self.check("kernel")["ok"], ok, release)

    def test_a_kernel_without_wireguard(self):
        self.box.write("/lib/modules/6.18.0/modules.dep", "kernel/fs/ext4.ko:\n")
        self.assert_red("wireguard", "the kernel has no wireguard")
        self.box.write("/lib/modules/6.18.0/modules.builtin", "kernel/drivers/net/wireguard/wireguard.ko\n")
        self.assertIs(self.check("wireguard")["ok"], True)

    def test_no_user_namespaces(self):
        self.box.write("/proc/sys/kernel/unprivileged_userns_clone", "0\n")
        self.assert_red("user-namespaces", "root alone", "unprivilegedUsernsClone")
        self.box.write("/proc/sys/user/max_user_namespaces", "0\n")
        self.assert_red("user-namespaces", "none are allowed", "allowUserNamespaces")

    # -- Nix -------------------------------------------------------------------------------------------------------

    def test_nix_of_other_makes(self):
        for version, ok in (("nix (Determinate Nix 3.0.0) 2.28.1", True), ("nix (Lix, like Nix) 2.91.1", True), ("nix (Nix) 2.13.6", False), ("", False)):
            self.box.nix_version = version
            self.assertIs(self.check("nix")["ok"], ok, version)

    def test_binary_caches(self):
        self.box.web["https://cache.nixos.org/nix-cache-info"] = (28, "000", "curl: (28) timed out")
        self.assert_red("substituters", "https://cache.nixos.org does not answer in time", "proxy")
        self.box.nix_settings["substituters"] += ["https://near.example/"]
        self.box.web["https://near.example/nix-cache-info"] = (0, "200", "")
        self.assertIs(self.check("substituters")["ok"], True, "one that answers is enough")
        self.box.nix_settings["trusted-public-keys"] = ["near.example-1:AAAA"]
        self.assert_red("substituters", "without its key cache.nixos.org-1", "mkForce")
        self.box.nix_settings["trusted-public-keys"] = []
        self.assert_red("substituters", "no key is trusted")
        self.box.nix_settings["substituters"] = ["file:///mnt/cache"]
        self.box.nix_settings["require-sigs"] = False
        self.assert_red("substituters", "only http and https", ok=None)
        self.box.nix_settings["substituters"] = []
        self.assert_red("substituters", "none", "https://cache.nixos.org")

    # -- systemd and its like --------------------------------------------------------------------------------------

    def test_a_journal_that_a_restart_forgets(self):
        fix = {"/host/machine/persistentJournal": True}
        self.box.journald = "[Journal]\nStorage=persistent\n# later\nStorage=volatile\n"
        self.assert_red("journal", "volatile", fix=fix)
        self.box.journald = "[Journal]\n#Storage=persistent\n"
        self.assertIs(self.check("journal")["ok"], True, "auto, and the directory is there")
        os.remove(self.box.path("/run/systemd/journal/flushed"))
        self.assert_red("journal", "in memory by now", "journalctl --flush", fix=fix)
        shutil.rmtree(self.box.path("/var/log/journal"))
        self.assert_red("journal", "volatile", fix=fix)

    def test_a_clock_that_nobody_sets(self):
        self.box.synchronized = "no"
        self.assert_red("time", "timesyncd", fix={"/host/machine/timeSync": True})
        self.box.clocks = "active\ninactive\ninactive\ninactive\n"
        self.assert_red("time", "chronyd.service runs")

    def test_a_full_boot(self):
        self.box.own_boot = True
        os.makedirs(self.box.path("/boot/EFI/nixos"))
        top = self.box.closure("kernel", state_text(), "0" * 40)
        for file in ("kernel", "initrd"):
            self.box.write(f"{top}/{file}", "x" * 1000)
        self.box.point(config.CURRENT_SYSTEM, self.box.path(top))
        self.assertIs(self.check("boot")["ok"], True)
        self.box.free = 1000
        fix = {"/host/gc/automatic": True, "/host/gc/keepGenerations": 5}
        self.assert_red("boot", "1000 B free", "Disk & GC", fix=fix)

    def test_a_full_disk_on_a_box_that_collects_nothing(self):
        self.box.free = 1024**3
        self.assert_red("disk", "1.0 GiB free", fix={"/host/gc/automatic": True})
        self.box.write("/etc/croft/facts.json", '{"gc":{"automatic":true,"keepGenerations":10,"minFree":0}}')
        self.assert_red("disk", "1.0 GiB free")

    def test_data_in_memory(self):
        self.box.write("/proc/self/mountinfo", "22 1 0:1 / / rw - tmpfs tmpfs rw\n23 22 8:1 / /nix rw - ext4 /dev/sda1 rw\n")
        self.assertEqual(self.assert_red("layout", "/var/lib/croft on / (tmpfs)", "Put /var/lib/croft on a disk")["level"], "must")

    def test_host_keys(self):
        self.assertEqual(self.check("host-key")["found"], "ed25519, 41 days old")
        os.rename(self.box.path("/etc/ssh/ssh_host_ed25519_key.pub"), self.box.path("/etc/ssh/ssh_host_rsa_key.pub"))
        self.assert_red("host-key", "rsa, 41 days old", "services.openssh.hostKeys")
        os.remove(self.box.path("/etc/ssh/ssh_host_rsa_key.pub"))
        self.assert_red("host-key", "none in /etc/ssh", ok=None)

    # -- the network -----------------------------------------------------------------------------------------------

    def test_ipv6_that_is_switched_off(self):
        self.box.write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1\n")
        self.assert_red("ipv6", "off", fix={"/host/machine/ipv6": True})
        os.remove(self.box.path("/proc/net/if_inet6"))
        self.assert_red("ipv6", "boot.kernelParams")

    def test_a_domain_that_leads_elsewhere(self):
        state = state_text(apps={"shop": app(port=8000, domains=["shop.example"])})
        self.box.point(config.CURRENT_SYSTEM, self.box.path(self.box.closure("shop", state, "0" * 40)))
        self.box.write("/proc/net/fib_trie", "  |-- 198.51.100.7\n     /32 host LOCAL\n")
        self.box.zones[("shop.example", 1)] = [bytes((8, 8, 8, 8))]
        self.assert_red("dns", "shop.example: 8.8.8.8", ok=None)
        self.box.zones[("shop.example", 1)] = [bytes((198, 51, 100, 7))]
        self.assertIs(self.check("dns")["ok"], True)
        self.box.zones = {}
        self.assert_red("dns", "shop.example: no answer", ok=None)

    def test_something_else_on_the_ports_of_the_web(self):
        self.box.write("/proc/net/tcp", "head\n 0: 00000000:0050 00000000:0000 0A 0:0 0:0 0 0 0 4711\n")
        self.assert_red("ports", "Stop what listens on 80")
        web = '{"firewall":{"enabled":true,"tcp":[[80,80]]},"ports":[{"by":"web-server","from":80,"protocol":"tcp","to":80}]}'
        self.box.write("/etc/croft/facts.json", web)
        self.assert_red("ports", "80: something listens, open in the firewall", "curl -I http://DOMAIN", ok=None)
        self.box.write("/proc/net/tcp", "head\n")
        self.assert_red("ports", "80: nothing listens", "nginx.service")

    # -- what hangs ------------------------------------------------------------------------------------------------

    def test_programs_that_hang_are_items_of_their_own(self):
        self.box.hanging = {"nix", "systemctl", "timedatectl", "systemd-analyze", "systemd-detect-virt"}
        self.box.zones = {}
        checks = self.checks()
        unknown = {identity for identity, check in checks.items() if check["ok"] is None}
        self.assertLessEqual({"nix", "flakes", "substituters", "systemd", "systemd-version", "time", "journal", "virtualization"}, unknown)
        self.assertIs(checks["dns"]["ok"], False)


class Hanging(System):
    """A real system, but every program sleeps, and no name server ever answers."""

    def start(self, argv, stdin=None, env=None, timeout=60.0, reader=None):
        hangs = argv[0] != "git"
        return super().start(["sleep", "60"] if hangs else argv, stdin, env, timeout, reader)

    def ask_name_server(self, server, question, stream, seconds):
        time.sleep(seconds)
        raise TimeoutError("timed out")


class HangingTest(unittest.TestCase):
    def test_the_answer_comes_within_its_time(self):
        root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, root)
        for directory in ("etc", "nix"):
            os.mkdir(os.path.join(root, directory))
        with open(os.path.join(root, "etc/resolv.conf"), "w", encoding="utf-8") as file:
            file.write("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n")
        system = Hanging(root)
        began = time.monotonic()
        found = probe.probe(system, config.Configuration(), budget=1.0)
        self.assertLess(time.monotonic() - began, 1.5)
        self.assertLess(probe.BUDGET, 5)
        self.assertEqual(len(found["checks"]), sum(map(len, GROUPS.values())))


if __name__ == "__main__":
    unittest.main()
