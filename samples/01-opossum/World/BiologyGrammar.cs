namespace Opossum.World;

/// <summary>
/// How a pupil writes about an animal: frames, and lists that depend on the animal. No frame begins with the animal itself: a capital
/// letter
/// would make another token of it, and the model would have to learn every animal twice.
/// </summary>
internal static class BiologyGrammar
{
    private static readonly string[] Sources = ["biologists", "researchers", "textbooks", "scientists", "experts"];

    private static readonly string[] Roles = ["spreading seeds", "eating pests", "opening the soil", "feeding predators", "keeping forests healthy"];

    private static readonly string[] Aims =
        ["survive the winter", "avoid predators", "save energy", "find a partner", "raise their young", "defend a territory"];

    private static readonly string[] Threats = ["habitat loss", "road traffic", "pollution", "climate change", "hunting", "disease"];

    private static readonly string[] Seasons = ["spring", "summer", "autumn", "winter"];

    /// <summary>The frames. Each filled frame has 8 to 24 words and ends with a full stop.</summary>
    public static IReadOnlyList<string> Frames { get; } =
    [
        "{a} is a {active} {group} that lives in {place} and feeds on {food}.",
        "{a} is a/an {group} from {region} that uses its {organ} to {use}.",
        "most {s} are {groups} found in {place}, where they {habit}.",
        "the {x} is a/an {group} native to {region} that eats {food} and {food2}.",
        "{sources} classify the {x} as a/an {group} and describe it as {active}.",
        "the habitat of the {x} includes {place} and {place2} in {region}.",
        "adult {s} {habit}, a behaviour that helps them to {aim}.",
        "in the {place} of {region}, {s} {habit} and search for {food}.",
        "the diet of the {x} consists of {food} and {food2} during {season}.",
        "an adult {x} uses its {organ} to {use} and its instinct to survive.",
        "the {x} belongs to the {groups} and plays a role in {role}.",
        "during {season}, {s} move through the {place} and eat more {food}.",
        "the main threats to {s} in {region} are {threat} and {threat2}.",
        "because {s} {habit}, they are well adapted to life in {place}.",
        "unlike other {groups}, {s} {habit} and depend on {food}.",
        "{sources} have shown that {s} {habit} in order to {aim}.",
        "the species is {active}, so {s} leave their shelter to find {food}.",
        "populations of the {x} in {region} are affected by {threat}.",
        "female {s} protect their offspring and bring them {food} in {season}.",
        "thanks to its {organ}, the {x} is able to {use} in {place}.",
    ];

    /// <summary>The entries of a list for an animal, or null when there is no such list.</summary>
    public static IReadOnlyList<string>? Entries(string list, Animal animal) => list switch
    {
        "group" => [animal.Group],
        "groups" => [animal.Group + "s"],
        "active" => [animal.Active],
        "region" => [animal.Region],
        "place" => animal.Places,
        "food" => animal.Foods,
        "habit" => animal.Habits,
        "organ" => [animal.Organ],
        "use" => [animal.Use],
        "sources" => Sources,
        "role" => Roles,
        "aim" => Aims,
        "threat" => Threats,
        "season" => Seasons,
        _ => null,
    };
}
