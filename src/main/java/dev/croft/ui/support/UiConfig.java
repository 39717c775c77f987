package dev.croft.ui.support;

import dev.croft.access.Accounts;
import dev.croft.access.MyAccount;
import dev.croft.access.Passkeys;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Threads of the screens: virtual ones for use cases, one platform thread that only keeps time. */
@Configuration(proxyBeanMethods = false)
class UiConfig {

    @Bean(destroyMethod = "close")
    Background background(Accounts accounts, MyAccount me, Passkeys passkeys) {
        var clock = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("ui-clock").factory());
        clock.setRemoveOnCancelPolicy(true);
        return new Background(
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("ui-", 1).factory()),
                clock,
                accounts,
                me,
                passkeys);
    }

    @Bean
    PushBridge pushBridge(Background background) {
        return new PushBridge(background);
    }
}
