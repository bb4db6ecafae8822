package io.modelmill.helm.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import io.quarkus.runtime.annotations.ConfigPhase;
import io.quarkus.runtime.annotations.ConfigRoot;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Properties that exist: those of Quarkus that are read at run time, from its classes, and those of a service, from the
 * sources of its {@code @ConfigMapping} interfaces. The chart must build without the services.
 */
final class DeclaredProperties {
    private static final String QUARKUS_ROOTS = "META-INF/quarkus-config-roots.list";

    private DeclaredProperties() {}

    /** Names of the properties that the module declares. */
    static Set<String> ofModule(String module) {
        Path sources = Chart.directory().resolve("../..").resolve(module).resolve("src/main/java");
        try (Stream<Path> walk = Files.walk(sources);
                StandardJavaFileManager files = ToolProvider.getSystemJavaCompiler()
                        .getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
            List<Path> mappings = walk.filter(file -> file.toString().endsWith(".java"))
                    .filter(DeclaredProperties::mentionsMapping)
                    .toList();
            assertThat(mappings)
                    .as("sources with a @ConfigMapping in %s", module)
                    .isNotEmpty();
            JavacTask task = (JavacTask) ToolProvider.getSystemJavaCompiler()
                    .getTask(
                            null,
                            files,
                            null,
                            List.of("-proc:none"),
                            null,
                            files.getJavaFileObjectsFromPaths(mappings));
            Set<String> properties = new HashSet<>();
            for (Tree unit : task.parse()) {
                new MappingScanner(properties).scan(unit, null);
            }
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names of Quarkus's own properties that may be set when a service starts. */
    static Set<String> ofQuarkus() {
        Set<String> properties = new HashSet<>();
        try {
            ClassLoader loader = DeclaredProperties.class.getClassLoader();
            for (URL list : Collections.list(loader.getResources(QUARKUS_ROOTS))) {
                try (InputStream content = list.openStream()) {
                    for (String name : new String(content.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList()) {
                        Class<?> root = Class.forName(name, false, loader);
                        ConfigRoot configured = root.getAnnotation(ConfigRoot.class);
                        if (root.isAnnotationPresent(ConfigMapping.class)
                                && configured != null
                                && configured.phase() == ConfigPhase.RUN_TIME) {
                            properties.addAll(ConfigMappings.getProperties(ConfigClass.configClass(root))
                                    .keySet());
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("a class of Quarkus's own list is missing", e);
        }
        assertThat(properties).isNotEmpty();
        return properties;
    }

    private static boolean mentionsMapping(Path file) {
        try {
            return Files.readString(file).contains("@ConfigMapping");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class MappingScanner extends TreeScanner<Void, Void> {
        private final Set<String> properties;

        MappingScanner(Set<String> properties) {
            this.properties = properties;
        }

        @Override
        public Void visitClass(ClassTree type, Void nothing) {
            for (AnnotationTree annotation : type.getModifiers().getAnnotations()) {
                if (annotation.getAnnotationType().toString().endsWith("ConfigMapping")) {
                    collect(type, value(annotation, "prefix"));
                }
            }
            return super.visitClass(type, null);
        }

        private void collect(ClassTree type, String prefix) {
            Map<String, ClassTree> nested = new HashMap<>();
            List<MethodTree> methods = new ArrayList<>();
            for (Tree member : type.getMembers()) {
                if (member instanceof ClassTree inner) {
                    // An enum is a value and no group.
                    if (inner.getKind() != Tree.Kind.INTERFACE) {
                        continue;
                    }
                    nested.put(inner.getSimpleName().toString(), inner);
                } else if (member instanceof MethodTree method && method.getBody() == null) {
                    methods.add(method);
                }
            }
            for (MethodTree method : methods) {
                String property = prefix + "." + name(method);
                ClassTree group = nested.get(String.valueOf(method.getReturnType()));
                if (group == null) {
                    properties.add(property);
                } else {
                    collect(group, property);
                }
            }
        }

        private static String name(MethodTree method) {
            for (AnnotationTree annotation : method.getModifiers().getAnnotations()) {
                if (annotation.getAnnotationType().toString().endsWith("WithName")) {
                    return value(annotation, "value");
                }
            }
            return method.getName()
                    .toString()
                    .replaceAll("([a-z0-9])([A-Z])", "$1-$2")
                    .toLowerCase(Locale.ROOT);
        }

        private static String value(AnnotationTree annotation, String attribute) {
            for (ExpressionTree argument : annotation.getArguments()) {
                if (argument instanceof AssignmentTree named) {
                    if (named.getVariable().toString().equals(attribute)) {
                        return text(named.getExpression());
                    }
                } else if (attribute.equals("value")) {
                    return text(argument);
                }
            }
            throw new IllegalStateException("no " + attribute + " in " + annotation);
        }

        private static String text(ExpressionTree literal) {
            return (String) ((LiteralTree) literal).getValue();
        }
    }
}
