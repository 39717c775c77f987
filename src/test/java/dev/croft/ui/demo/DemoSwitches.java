package dev.croft.ui.demo;

import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;

/** Turns on what seldom happens, to see how it looks. */
@Controller
class DemoSwitches {

    private final DemoWorld world;

    DemoSwitches(DemoWorld world) {
        this.world = world;
    }

    @PostMapping("/demo/reachable")
    @ResponseBody
    String reachable(@RequestParam boolean on) {
        world.reachable(on);
        return "reachable " + on + "\n";
    }

    @PostMapping("/demo/flood")
    @ResponseBody
    String flood(@RequestParam int linesPerSecond) {
        world.flood(linesPerSecond);
        return "flood " + linesPerSecond + "\n";
    }
}
