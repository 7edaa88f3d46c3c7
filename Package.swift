// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// The one-shot client is a static executable: it starts several times faster than a dynamic one.
///
/// Built with `--static-swift-stdlib`, as `scripts/build` does. What a run goes through of the libraries lies side by
/// side (`scripts/hot-symbols`): that takes a tenth off the whole process.
let staticExecutable: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-static-executable", "-use-ld=lld",
            "-Xlinker", "--symbol-ordering-file=\(Context.packageDirectory)/Sources/ttweetcl/hot-symbols",
            "-Xlinker", "--no-warn-symbol-ordering",
            // See Sources/CProgram/backtrace.c.
            "-Xlinker", "--wrap=swift_copyAuxiliaryExecutablePath",
            // See Sources/CProgram/openssl.c.
            "-Xlinker", "--wrap=OPENSSL_cpuid_setup",
            // See Sources/CProgram/provider.c.
            "-Xlinker", "--wrap=ossl_default_provider_init",
        ], .when(platforms: [.linux], configuration: .release))
]

let package = Package(
    name: "ttweet",
    products: [
        .executable(name: "ttweetsrv", targets: ["ttweetsrv"]),
        .executable(name: "ttweetcl", targets: ["ttweetcl"]),
        .executable(name: "ttweetchat", targets: ["ttweetchat"]),
    ],
    targets: [
        // System libraries: a module map and a shim header each.
        .systemLibrary(name: "CSystem"),
        .systemLibrary(name: "CEvent", pkgConfig: "libevent_core", providers: [.apt(["libevent-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CUtf8proc", providers: [.apt(["libutf8proc-dev"])]),
        // Without pkg-config: its flags are macros, which the shim defines and SwiftPM warns of.
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),

        // What Swift's runtime does before main, done so that it needs no /proc: the command line that C's main is given;
        // and what OpenSSL does there.
        .target(name: "CProgram", dependencies: ["COpenSSL"]),
        // What the chat's signal handlers do: in C, where a handler may touch state.
        .target(name: "CTerminalGuard"),
        // The page for browsers: its files, embedded by C23's #embed.
        .target(name: "CWebPage", exclude: ["page", "shots"]),

        // Arrows point down only.
        .target(name: "TweetModel", dependencies: ["CSystem", "CUtf8proc"], swiftSettings: settings),
        .target(name: "TweetSystem", dependencies: ["CSystem"], swiftSettings: settings),
        .target(name: "TweetHTTP", dependencies: ["CSystem"], swiftSettings: settings),
        .target(
            name: "TweetCommandLine", dependencies: ["CProgram", "CSystem", "TweetSystem"], swiftSettings: settings),
        .target(name: "TweetWire", dependencies: ["CSystem", "TweetModel"], swiftSettings: settings),
        .target(
            name: "TweetTLS", dependencies: ["COpenSSL", "CProgram", "CSystem", "TweetSystem"], swiftSettings: settings),
        .target(
            name: "TweetReactor", dependencies: ["CSystem", "CEvent", "TweetHTTP", "TweetSystem", "TweetTLS"],
            swiftSettings: settings),
        .target(name: "TweetJournal", dependencies: ["TweetModel"], swiftSettings: settings),
        .target(
            name: "TweetStore", dependencies: ["CSystem", "CSQLite", "TweetJournal", "TweetModel", "TweetSystem"],
            swiftSettings: settings),
        .target(
            name: "TweetServer",
            dependencies: [
                "CSodium", "CSystem", "CWebPage", "TweetCommandLine", "TweetHTTP", "TweetJournal", "TweetModel",
                "TweetReactor", "TweetStore", "TweetSystem", "TweetTLS", "TweetWire",
            ],
            swiftSettings: settings),
        .target(
            name: "TweetClient",
            dependencies: ["CSystem", "TweetCommandLine", "TweetModel", "TweetSystem", "TweetTLS", "TweetWire"],
            swiftSettings: settings),
        .target(
            name: "TweetChat",
            dependencies: [
                "CNcurses", "CSystem", "CTerminalGuard", "CUtf8proc", "TweetClient", "TweetModel", "TweetSystem",
                "TweetTLS", "TweetWire",
            ],
            swiftSettings: settings),

        .executableTarget(
            name: "ttweetsrv",
            dependencies: [
                "CSystem", "TweetClient", "TweetCommandLine", "TweetJournal", "TweetModel", "TweetReactor",
                "TweetServer", "TweetStore", "TweetSystem", "TweetTLS", "TweetWire",
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "ttweetcl",
            dependencies: [
                "CSystem", "TweetClient", "TweetCommandLine", "TweetModel", "TweetSystem", "TweetTLS", "TweetWire",
            ],
            exclude: ["hot-symbols"], swiftSettings: settings, linkerSettings: staticExecutable),
        .executableTarget(
            name: "ttweetchat",
            dependencies: [
                "CSystem", "TweetChat", "TweetClient", "TweetCommandLine", "TweetModel", "TweetSystem", "TweetTLS",
            ],
            swiftSettings: settings),

        // What several test targets stand on; part of no product.
        .target(
            name: "TestSupport", dependencies: ["CSystem", "TweetSystem"], path: "Tests/TestSupport",
            swiftSettings: settings),
        .testTarget(name: "TweetModelTests", dependencies: ["TweetModel"], swiftSettings: settings),
        .testTarget(
            name: "TweetSystemTests", dependencies: ["CSystem", "TweetSystem"], swiftSettings: settings),
        .testTarget(name: "TweetHTTPTests", dependencies: ["TestSupport", "TweetHTTP"], swiftSettings: settings),
        .testTarget(
            name: "TweetCommandLineTests", dependencies: ["CSystem", "TweetCommandLine", "TweetSystem"],
            swiftSettings: settings),
        .testTarget(
            name: "TweetTLSTests", dependencies: ["COpenSSL", "CSystem", "TestSupport", "TweetSystem", "TweetTLS"],
            swiftSettings: settings),
        .testTarget(name: "TweetWireTests", dependencies: ["TweetModel", "TweetWire"], swiftSettings: settings),
        .testTarget(
            name: "TweetReactorTests",
            dependencies: ["CSystem", "TestSupport", "TweetReactor", "TweetSystem", "TweetTLS"],
            swiftSettings: settings),
        .testTarget(
            name: "TweetJournalTests", dependencies: ["TweetJournal", "TweetModel"], swiftSettings: settings),
        .testTarget(
            name: "TweetStoreTests",
            dependencies: [
                "CSQLite", "CSystem", "TestSupport", "TweetJournal", "TweetModel", "TweetStore", "TweetSystem",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TweetServerTests",
            dependencies: [
                "CSQLite", "CSystem", "TestSupport", "TweetCommandLine", "TweetHTTP", "TweetJournal", "TweetModel",
                "TweetReactor", "TweetServer", "TweetStore", "TweetSystem", "TweetTLS", "TweetWire",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TweetClientTests",
            dependencies: [
                "CSystem", "TestSupport", "TweetClient", "TweetCommandLine", "TweetModel", "TweetSystem", "TweetTLS",
                "TweetWire",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "TweetChatTests",
            dependencies: ["CSystem", "TweetChat", "TweetClient", "TweetModel", "TweetSystem", "TweetWire"],
            swiftSettings: settings),
        // What scripts/fuzz feeds. A test target, since it sees inside the modules, which a release build does not allow.
        .testTarget(
            name: "FuzzTargetTests",
            dependencies: [
                "CSystem", "CUtf8proc", "TweetChat", "TweetHTTP", "TweetJournal", "TweetModel", "TweetServer",
                "TweetStore", "TweetSystem", "TweetWire",
            ],
            swiftSettings: settings),
        // Holds the house rules; reads the sources as text.
        .testTarget(name: "TidyTests", swiftSettings: settings),
        // Runs the programs themselves: the dependencies make them be built.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "CSQLite", "CSystem", "TestSupport", "TweetModel", "TweetSystem", "TweetWire", "ttweetchat", "ttweetcl",
                "ttweetsrv",
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
