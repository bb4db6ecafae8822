package io.modelmill.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.modelmill.servicekit.error.CommonReason;
import io.modelmill.servicekit.error.ErrorReason;
import io.modelmill.servicekit.error.ServiceException;
import io.modelmill.servicekit.security.Caller;
import io.modelmill.servicekit.security.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelNamesTest {
    private static final Caller ACME = tenant("acme");
    private static final Caller OTHER = tenant("other");

    private final Map<ModelKey, ServedModel> models = Map.of(
            new ModelKey("acme", "private"), model("private", new Grant.OwnerOnly()),
            new ModelKey("acme", "open"), model("open", new Grant.Everyone()),
            new ModelKey("acme", "named"), model("named", new Grant.Named(Set.of("friend"))));
    private final ModelNames names = new ModelNames(key -> Optional.ofNullable(models.get(key)), Optional.empty());

    @Test
    void findsBareIdsInTheCallersOwnTenant() {
        assertThat(names.require(ACME, "private", "name").key().resourceName())
                .isEqualTo("tenants/acme/models/private");
    }

    @Test
    void letsTheOwnerUseItsQualifiedName() {
        assertThat(names.require(ACME, "acme.private", "name").key().model()).isEqualTo("private");
    }

    @Test
    void findsWhatIsSharedWithAll() {
        assertThat(names.require(OTHER, "acme.open", "name").key().model()).isEqualTo("open");
    }

    @Test
    void findsWhatIsSharedWithTheCaller() {
        assertThat(names.require(tenant("friend"), "acme.named", "name").key().model())
                .isEqualTo("named");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "acme.private",
                "acme.named",
                "acme.nothing",
                "nobody.open",
                "open",
                "private",
                "acme.open.more",
                ".open",
                "acme.",
                "Acme.Open",
                "acme/open"
            })
    void answersTheSameForWhatIsNotThereAndWhatIsNotGranted(String name) {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> names.require(OTHER, name, "name"))
                .withMessage("not found: \"" + name + "\"")
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo(CommonReason.RESOURCE_NOT_FOUND));
    }

    @Test
    void letsServicesUseQualifiedNamesOfAllModels() {
        assertThat(names.require(Caller.service("gateway"), "acme.private", "name")
                        .key()
                        .model())
                .isEqualTo("private");
    }

    @Test
    void tellsServicesThatBareIdsMeanNothing() {
        assertReason(Caller.service("gateway"), "private", CommonReason.INVALID_FIELD);
    }

    @Test
    void refusesTheEmptyName() {
        assertReason(ACME, "", CommonReason.INVALID_FIELD);
    }

    @Test
    void refusesCallersThatPredictForNobody() {
        for (Role role : List.of(Role.PLATFORM_ADMIN, Role.WORKER)) {
            assertReason(
                    new Caller("somebody", Optional.of("acme"), Set.of(role)), "private", CommonReason.ROLE_MISSING);
        }
    }

    private void assertReason(Caller caller, String name, ErrorReason reason) {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> names.require(caller, name, "name"))
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo(reason));
    }

    private static Caller tenant(String id) {
        return new Caller("tenants/" + id + "/apiKeys/test", Optional.of(id), Set.of(Role.TENANT));
    }

    private static ServedModel model(String id, Grant grant) {
        return ServedModel.of(
                new ModelKey("acme", id), 1, grant, Stream.<ServedVersion>of().toList(), Map.of());
    }
}
