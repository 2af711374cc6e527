// The AAR: the Java classes of ../src/main/java with the JNI library for four ABIs.
//
// The native part needs OpenSSL, libcurl and simdjson for each ABI, in <dir>/<abi> of -Pheadlessid.prefix=<dir>. With
// -Pheadlessid.client=OFF it needs no libcurl: the app then gives Client.builder().transport(OkHttpTransport(...)), which is
// the usual way on a device.
//
// SWIG has to be on the PATH. What it makes goes to build/generated/swig.
plugins {
    id("com.android.library") version "8.5.2"
}

group = "io.headlessid"
version = "0.1.0"

val repository = file("../../..")
val swigJava = layout.buildDirectory.dir("generated/swig")
val client = (findProperty("headlessid.client") as String?) ?: "OFF"
val prefix = (findProperty("headlessid.prefix") as String?) ?: "$repository/build/android-prefix"

android {
    namespace = "io.headlessid"
    compileSdk = 35
    ndkVersion = "27.1.12297006"
    // ./dev package android gives the folder that it was told of.
    (findProperty("headlessid.ndk") as String?)?.let { ndkPath = it }

    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
        ndk {
            abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64", "x86")
        }
        externalNativeBuild {
            cmake {
                targets += "headlessid_jni"
                arguments += listOf(
                    "-DHLID_JAVA=ON", "-DHLID_CLI=OFF", "-DHLID_SIMULATOR=OFF", "-DHLID_ORG=OFF", "-DHLID_CLIENT=$client",
                    // One C++ runtime for this library alone, inside it: no separate libc++_shared.so.
                    "-DANDROID_STL=c++_static",
                    // Segments for pages of 16 KiB; CMakeLists.txt of the binding says so to the linker too.
                    "-DANDROID_SUPPORT_FLEXIBLE_PAGE_SIZES=ON",
                    // Below it CMake looks into the folder of the ABI.
                    "-DHLID_ANDROID_PREFIX=$prefix"
                )
            }
        }
    }

    externalNativeBuild {
        cmake {
            path = file("$repository/CMakeLists.txt")
            version = "3.25.1+"
        }
    }

    // src/main/java here has what needs Android; ../src/main/java11 and java17 have what Android lacks.
    sourceSets["main"].java.srcDirs("../src/main/java", "../src/generated/java", swigJava)
    // A device has no business with a server's Redis.
    sourceSets["main"].java.exclude("io/headlessid/redis/**")

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
}

dependencies {
    compileOnly("org.jetbrains:annotations:24.1.0")
    compileOnly("com.squareup.okhttp3:okhttp:4.12.0")
    compileOnly("io.opentelemetry:opentelemetry-api:1.38.0")
    compileOnly("com.fasterxml.jackson.core:jackson-annotations:2.17.1")
}

// SWIG once, before the Java is compiled; CMake runs it again for its own part, for each ABI.
val swig by tasks.registering(Exec::class) {
    val output = swigJava.get().asFile.resolve("io/headlessid")
    inputs.files("../headlessid.i", "$repository/capi/include/headlessid/headlessid.h", "$repository/capi/include/headlessid/org.h")
    outputs.dir(swigJava)
    doFirst { output.mkdirs() }
    commandLine(
        "cmake", "-DSOURCE=$repository", "-DOUTPUT=$output",
        "-DGLUE=${layout.buildDirectory.get().asFile}/headlessid_wrap.cc", "-P", "../cmake/run_swig.cmake"
    )
}
tasks.named("preBuild") { dependsOn(swig) }
