// swift-tools-version: 6.2
import PackageDescription

// The floors and who may import whom are explained in docs/architecture.md; `make check` enforces them.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// Whether this build is for `make fuzz`: fuzzers are built only then, and find their way by what every library tells them.
let isForFuzzing = Context.environment["SUPERD_FUZZ"] != nil
let fuzzing: [SwiftSetting] = isForFuzzing ? [.unsafeFlags(["-sanitize=fuzzer,address"])] : []

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict + fuzzing)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies + [argumentParser], swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// Built only for `make fuzz`. Each is one file, Tests/Fuzz/NAME/NAME.swift; `CFuzzDriver` is its main function.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + ["CFuzzDriver"], path: "Tests/Fuzz/\(name)",
        swiftSettings: strict + fuzzing + [.unsafeFlags(["-parse-as-library"])],
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
}

let fuzzers: [Target] =
    !isForFuzzing
    ? []
    : [
        .target(name: "CFuzzDriver", path: "Tests/Fuzz/CFuzzDriver"),
        fuzzer("FuzzHTTP", ["SuperHTTP"]),
        fuzzer("FuzzSelector", ["SuperBase"]),
        fuzzer("FuzzNotify", ["SuperBase"]),
        fuzzer("FuzzIni", ["SuperBase", "SuperOptions", "SuperConfig"]),
        fuzzer("FuzzExpansion", ["SuperConfig"]),
    ]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "superd",
    products: [
        .executable(name: "superd", targets: ["superd"]),
        .executable(name: "superctl", targets: ["superctl"]),
        .executable(name: "superweb", targets: ["superweb"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // Floor 0: C.
        .target(name: "CSuperOS", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .systemLibrary(name: "CInih", pkgConfig: "inih", providers: [.apt(["libinih-dev"])]),

        // Floor 1: words.
        library("SuperBase"),
        library("SuperOptions", ["SuperBase"]),
        library("SuperHTTP", ["SuperBase"]),

        // Floor 2: decisions.
        library("SuperConfig", ["SuperBase", "SuperOptions", "CInih", "TOMLKit"]),
        library("SuperCore", ["SuperBase"]),
        library("SuperAPI", ["SuperBase"]),
        library("SuperWebCore", ["SuperBase", "SuperHTTP"]),

        // Floors 1-2, effects.
        library("SuperOS", ["SuperBase", "CSuperOS"]),

        // Floor 3: shells.
        library("SuperKeeper", ["SuperBase", "SuperOS"]),
        library(
            "SuperDaemon",
            [
                "SuperBase", "SuperOptions", "SuperConfig", "SuperCore", "SuperAPI", "SuperHTTP", "SuperOS",
                "SuperKeeper",
            ]),
        library("SuperClient", ["SuperBase", "SuperAPI", "SuperHTTP", "SuperOS"]),
        library("SuperWebServer", ["SuperBase", "SuperHTTP", "SuperWebCore", "SuperOS"]),

        // Floor 4: programs.
        .executableTarget(name: "superd", dependencies: ["SuperDaemon", "SuperOS"], swiftSettings: strict),
        program("superctl", ["SuperBase", "SuperAPI", "SuperOS", "SuperOptions", "SuperConfig", "SuperClient"]),
        program("superweb", ["SuperBase", "SuperWebServer"]),

        tests("ArchitectureTests", []),
        tests("SuperBaseTests", ["SuperBase"]),
        tests("SuperOptionsTests", ["SuperBase", "SuperOptions"]),
        tests("SuperHTTPTests", ["SuperBase", "SuperHTTP"]),
        tests("SuperConfigTests", ["SuperBase", "SuperOptions", "SuperConfig"]),
        tests("SuperCoreTests", ["SuperBase", "SuperCore"]),
        tests("SuperAPITests", ["SuperBase", "SuperAPI"]),
        tests("SuperOSTests", ["SuperBase", "SuperOS"]),
        // A keeper in a process of its own, for its tests.
        .executableTarget(
            name: "keeper-bench", dependencies: ["SuperBase", "SuperOS", "SuperKeeper"], path: "Tests/KeeperBench",
            swiftSettings: strict),
        tests("SuperKeeperTests", ["SuperBase", "SuperOS", "SuperKeeper", "keeper-bench"]),
        tests(
            "SuperDaemonTests",
            [
                "SuperBase", "SuperOptions", "SuperConfig", "SuperCore", "SuperAPI", "SuperHTTP", "SuperOS",
                "SuperKeeper", "SuperDaemon", "superd",
            ]),
        tests(
            "SuperClientTests",
            ["SuperBase", "SuperCore", "SuperAPI", "SuperHTTP", "SuperOS", "SuperClient", "SuperDaemon", "superctl"]),
        tests(
            "SuperWebServerTests",
            ["SuperBase", "SuperHTTP", "SuperWebCore", "SuperOS", "SuperWebServer", "superweb"]),
        tests(
            "EndToEndTests",
            ["SuperBase", "SuperHTTP", "SuperAPI", "SuperOS", "SuperClient", "superd", "superctl", "superweb"],
            // Python programs that the tests run from where they lie.
            exclude: ["Programs"]),
    ] + fuzzers
)
