import java.io.File;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.gradle.api.JavaVersion;
import org.gradle.api.Project;
import org.gradle.api.artifacts.Configuration;
import org.gradle.api.artifacts.dsl.DependencyHandler;
import org.gradle.api.artifacts.result.ResolvedComponentResult;
import org.gradle.api.artifacts.result.ResolvedVariantResult;
import org.gradle.api.attributes.AttributeContainer;
import org.gradle.api.attributes.Category;
import org.gradle.api.attributes.DocsType;
import org.gradle.api.attributes.java.TargetJvmEnvironment;
import org.gradle.api.plugins.JavaPluginExtension;
import org.gradle.testfixtures.ProjectBuilder;

/**
 * A Java project of Gradle's: `Resolve FOLDER REPOSITORY VERSION JVM ENVIRONMENT`. Prints what it compiles with, what its tests
 * run with and the sources, a line each: the configuration, the variant of each module, the files.
 */
public final class Resolve {
    public static void main(String[] arguments) {
        int status = 1;
        try {
            resolve(arguments);
            status = 0;
        } catch (RuntimeException fault) {
            for (Throwable cause = fault; cause != null; cause = cause.getCause()) System.err.println(cause.getMessage());
        }
        // Its threads would wait for the next build.
        System.exit(status);
    }

    private static void resolve(String[] arguments) {
        Path folder = Paths.get(arguments[0]);
        Project project = ProjectBuilder.builder().withProjectDir(folder.toFile()).withGradleUserHomeDir(folder.resolve("home").toFile()).build();
        project.getPluginManager().apply("java");
        project.getExtensions().getByType(JavaPluginExtension.class).setTargetCompatibility(JavaVersion.toVersion(arguments[3]));
        project.getRepositories().maven(repository -> repository.setUrl(Paths.get(arguments[1]).toUri()));
        DependencyHandler needs = project.getDependencies();
        needs.add("implementation", needs.platform("io.headlessid:headlessid-bom:" + arguments[2]));
        needs.add("implementation", "io.headlessid:headlessid");
        needs.add("testImplementation", "io.headlessid:headlessid-testing");
        TargetJvmEnvironment environment = project.getObjects().named(TargetJvmEnvironment.class, arguments[4]);
        String[] paths = {"compileClasspath", "testRuntimeClasspath"};
        for (String name : paths) {
            AttributeContainer attributes = project.getConfigurations().getByName(name).getAttributes();
            attributes.attribute(TargetJvmEnvironment.TARGET_JVM_ENVIRONMENT_ATTRIBUTE, environment);
        }
        for (String name : paths) {
            Configuration asked = project.getConfigurations().getByName(name);
            print(name, asked.getIncoming().getFiles().getFiles());
            for (ResolvedComponentResult component : asked.getIncoming().getResolutionResult().getAllComponents()) {
                for (ResolvedVariantResult variant : component.getVariants()) {
                    System.out.println(name + " variant " + component.getId().getDisplayName() + " " + variant.getDisplayName());
                }
            }
        }
        Category documentation = project.getObjects().named(Category.class, Category.DOCUMENTATION);
        DocsType sources = project.getObjects().named(DocsType.class, DocsType.SOURCES);
        print("sources", project.getConfigurations().getByName("compileClasspath").getIncoming().artifactView(view -> {
            view.withVariantReselection();
            view.getAttributes().attribute(DocsType.DOCS_TYPE_ATTRIBUTE, sources);
            view.getAttributes().attribute(Category.CATEGORY_ATTRIBUTE, documentation);
        }).getFiles().getFiles());
    }

    private static void print(String name, Iterable<File> files) {
        for (File file : files) System.out.println(name + " file " + file.getName());
    }
}
