namespace Opossum.World;

/// <summary>How a pupil writes about an animal: frames, and lists that depend on the animal.</summary>
internal static class BiologyGrammar
{
    private static readonly string[] Sources =
        ["biologists", "zoologists", "researchers", "field guides", "textbooks", "ecologists", "scientists", "naturalists"];

    private static readonly string[] Roles =
    [
        "spreading seeds", "controlling insect numbers", "recycling nutrients", "keeping habitats open", "feeding larger predators",
        "maintaining biodiversity", "balancing populations", "loosening the ground",
    ];

    private static readonly string[] Benefits =
    [
        "survive hard winters", "avoid predators", "save energy", "find a mate", "raise healthy offspring", "cope with drought",
        "defend a territory", "adapt to change",
    ];

    private static readonly string[] Threats =
        ["habitat loss", "road traffic", "pollution", "climate change", "illegal hunting", "introduced species", "disease", "deforestation"];

    private static readonly string[] Seasons = ["spring", "summer", "autumn", "winter", "the dry season", "the rainy season"];

    private static readonly string[] Methods =
        ["radio collars", "camera traps", "long surveys", "genetic samples", "tracking data", "museum specimens"];

    /// <summary>The frames. Each filled frame has 8 to 24 words and ends with a full stop.</summary>
    public static IReadOnlyList<string> Frames { get; } =
    [
        "{a} is a/an {active} {group} that lives in {place} and feeds mainly on {food}.",
        "{a} is a/an {class} from {region} that uses its {organ} to {use}.",
        "{s} are {groups} found in {place}, where they {trait}.",
        "the {x} is a/an {group} native to {region} that eats {food} and {food2}.",
        "{sources} classify the {x} as a/an {group} and describe it as {active}.",
        "the habitat of the {x} includes {place} and {place2} across {region}.",
        "{s} {trait}, a behaviour which helps them to {benefit}.",
        "in {place}, {s} {trait} and search for {food} during {season}.",
        "the diet of the {x} consists of {food}, {food2} and sometimes other matter.",
        "an adult {x} uses its {organ} to {use} and to {benefit}.",
        "as a/an {group}, the {x} relies on its {organ} to {use} when it needs to {benefit}.",
        "{sources} observe {s} in {place} with {methods} to learn how they {trait}.",
        "the {x} belongs to the {groups} and plays a role in {role}.",
        "during {season}, {s} move through {place} and consume more {food} than usual.",
        "the main threats to {s} in {region} are {threat} and {threat2}.",
        "because {s} {trait}, they are well adapted to life in {place}.",
        "unlike many other {groups}, {s} {trait} and depend on {food}.",
        "{sources} have shown with {methods} that {s} {trait}.",
        "the species is {active}, so {s} leave their shelter to look for {food}.",
        "populations of the {x} in {region} are affected by {threat}, according to {sources}.",
        "female {s} protect their offspring and bring them {food} until they can {benefit}.",
        "thanks to its {organ}, the {x} is able to {use} in {place}.",
        "{s} contribute to the ecosystem of {place} by {role}.",
        "like all {classes} of its family, the {x} must {benefit} to reproduce.",
    ];

    /// <summary>The entries of a list for an animal, or null when there is no such list.</summary>
    public static IReadOnlyList<string>? Entries(string list, Animal animal) => list switch
    {
        "group" => [animal.Group],
        "groups" => [animal.Group + "s"],
        "class" => [animal.Class],
        "classes" => [animal.Class + "s"],
        "active" => [animal.Active],
        "region" => [animal.Region],
        "place" => animal.Places,
        "food" => animal.Foods,
        "trait" => animal.Traits,
        "organ" => [animal.Organ],
        "use" => [animal.Use],
        "sources" => Sources,
        "role" => Roles,
        "benefit" => Benefits,
        "threat" => Threats,
        "season" => Seasons,
        "methods" => Methods,
        _ => null,
    };
}
