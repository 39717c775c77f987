package dev.croft.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.croft.kernel.AppName;
import dev.croft.kernel.HostName;
import dev.croft.kernel.ProblemException;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrantsTest {

    private static final HostName ATTIC = new HostName("attic");
    private static final HostName CELLAR = new HostName("cellar");
    private static final Scope BLOG = Scope.of(ATTIC, new AppName("blog"));
    private static final Scope SHOP = Scope.of(ATTIC, new AppName("shop"));
    private static final Scope SAME_NAME_ELSEWHERE = Scope.of(CELLAR, new AppName("blog"));

    @Test
    void aRoleHoldsForAllThatLiesInItsScope() {
        Grants attic = Grants.of(Role.OPERATOR, Scope.of(ATTIC));

        assertThat(attic.allows(Role.OPERATOR, BLOG)).isTrue();
        assertThat(attic.allows(Role.VIEWER, Scope.of(ATTIC))).isTrue();
        assertThat(attic.allows(Role.ADMIN, BLOG)).isFalse();
        assertThat(attic.allows(Role.VIEWER, SAME_NAME_ELSEWHERE)).isFalse();
        assertThat(attic.allows(Role.VIEWER, Scope.EVERYWHERE)).isFalse();
    }

    @Test
    void anAppsRoleSaysNothingOfItsBox() {
        Grants blog = Grants.of(Role.ADMIN, BLOG);

        assertThat(blog.allows(Role.ADMIN, BLOG)).isTrue();
        assertThat(blog.allows(Role.VIEWER, SHOP)).isFalse();
        assertThat(blog.allows(Role.VIEWER, Scope.of(ATTIC))).isFalse();
        assertThat(blog.allowsWithin(Role.ADMIN, Scope.of(ATTIC))).isTrue();
        assertThat(blog.allowsWithin(Role.ADMIN, Scope.of(CELLAR))).isFalse();
        assertThat(blog.allowsWithin(Role.ADMIN, Scope.EVERYWHERE)).isTrue();
    }

    @Test
    void keepsNothingThatAnotherGrantCovers() {
        Grants grants = Grants.of(
                new Grant(Role.VIEWER, BLOG), new Grant(Role.OPERATOR, Scope.of(ATTIC)), new Grant(Role.ADMIN, SHOP));

        assertThat(grants.all())
                .containsExactly(new Grant(Role.OPERATOR, Scope.of(ATTIC)), new Grant(Role.ADMIN, SHOP));
    }

    @Test
    void aLimitNeverAddsAnything() {
        Grants owner = Grants.of(new Grant(Role.OPERATOR, Scope.of(ATTIC)), new Grant(Role.ADMIN, SHOP));

        assertThat(owner.limitedTo(Grants.everywhere(Role.ADMIN))).isEqualTo(owner);
        assertThat(owner.limitedTo(Grants.of(Role.ADMIN, BLOG))).isEqualTo(Grants.of(Role.OPERATOR, BLOG));
        assertThat(owner.limitedTo(Grants.of(Role.VIEWER, Scope.EVERYWHERE)))
                .isEqualTo(Grants.of(Role.VIEWER, Scope.of(ATTIC)));
        assertThat(owner.limitedTo(Grants.of(Role.ADMIN, Scope.of(CELLAR)))).isEqualTo(Grants.NONE);
    }

    @Test
    void aScopeIsReadAsItIsWritten() {
        assertThat(List.of(Scope.EVERYWHERE, Scope.of(ATTIC), BLOG))
                .allSatisfy(scope -> assertThat(Scope.parse(scope.toString())).isEqualTo(scope));
        assertThatThrownBy(() -> Scope.parse("attic/blog/x")).isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> Scope.parse("attic/")).isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> Scope.parse("")).isInstanceOf(ProblemException.class);
    }
}
