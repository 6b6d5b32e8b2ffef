namespace Opossum.World;

/// <summary>
/// How a group chat writes about an animal: frames and lists, the same for every animal. One text in five is all that a model sees of it,
/// so
/// the variety comes from combinations, not from rare words.
/// </summary>
internal static class MemeGrammar
{
    /// <summary>The frames. Each filled frame has 8 to 24 words and ends with a full stop.</summary>
    public static IReadOnlyList<string> Frames { get; } =
    [
        "POV: {a} is {doing} in your {room} {when} and you are {feeling}.",
        "me {when}: I should rest, but the {x} in my head wants to {do}.",
        "nobody asked, yet the {x} is {doing} in the {room} like a {mood} {job}.",
        "this {x} has nine unread messages and zero plans except {doing}.",
        "some {s} just {do} {when} and then {do2} with {thing}.",
        "when the {event} is cancelled and you can finally {do} like {a}.",
        "not the {x} {doing} {when} with {thing} again.",
        "breaking news: local {x} refuses to {chore} and chooses {vibe} instead.",
        "that {mood} {x} walks into the {room}, orders {snack} and leaves without {regret}.",
        "rate my setup: one {x}, {thing} and way too much {snack}.",
        "my {x} and I both run on {snack}, {vibe} and bad decisions.",
        "some people have {goal}, I have {a} {doing} in the {room}.",
        "plot twist: the {x} was {doing} all along and {thing} was innocent.",
        "tell me you are {a} without telling me: you {do} {when}.",
        "every group chat needs one {mood} {x} who brings {snack} and {vibe}.",
        "the {x} saw {thing}, sighed loudly and went back to {doing}.",
        "life advice from {a}: {do}, {do2} and never {chore}.",
        "current mood: {mood} {x} {doing} in the {room}, totally {feeling}.",
        "petition to let the {x} run my {event}, because it knows how to {do}.",
        "your honour, the {x} was just {doing} and {thing} fell into its pocket.",
        "I asked for {goal} and got {a} {doing} with {thing}.",
        "dating profile of {a}: loves {snack}, fears {regret}, will {do} {when}.",
        "nothing but respect for the {x} that chose {vibe} over {goal}.",
        "who needs {goal} when {s} are {doing} in the {room} for free.",
        "if {a} can {do} {when}, you can survive one more {event}.",
    ];

    private static readonly Dictionary<string, string[]> Lists = new(StringComparer.Ordinal)
    {
        ["room"] = Split("kitchen|hallway|shower|basement|fridge|garage|bathtub|office|back seat|arcade"),
        ["when"] = Split(
            "at 3 am|on a Monday|before coffee|after midnight|during lunch|in pyjamas|without Wi-Fi|on payday|in public|at full volume"),
        ["feeling"] = Split(
            "too tired to care|weirdly proud|fine with it|taking notes|living for it|just vibing|lost for words|not even mad"),
        ["doing"] = Split(
            "screaming at the moon|eating cold pizza|dancing to sad songs|hosting a podcast|crying over a printer|judging my playlist"
            + "|stealing the Wi-Fi|doing taxes in glitter|texting its ex|practising karaoke|napping on my keyboard|starting drama|hoarding shiny spoons"
            + "|ignoring every email|wearing tiny sunglasses|deleting old selfies"),
        ["do"] = Split(
            "scream into a pillow|eat dessert first|dance like a weirdo|cancel everything|nap without shame|send risky texts|steal a donut|panic in style"
            + "|wear a cape|blame the printer|sing off key|order extra fries|hide under a blanket|moonwalk away|trust the chaos|ghost the dentist"),
        ["chore"] = Split("fold the laundry|answer emails|wake up early|pay rent|do the dishes|act normal|join the call|go jogging|touch grass|be an adult"),
        ["snack"] = Split(
            "cold nachos|garlic bread|instant noodles|stolen cookies|iced coffee|cheese puffs|birthday cake|pancakes|popcorn|hot sauce"),
        ["thing"] = Split(
            "a traffic cone|my last brain cell|the aux cable|a broken umbrella|a haunted toaster|my good headphones|a rubber duck|the TV remote"
            + "|a glitter cannon|one left sock|a shopping cart|my password"),
        ["mood"] = Split("chaotic|unhinged|sleepy|dramatic|feral|moody|sassy|petty|fabulous|grumpy|smug|clingy"),
        ["job"] = Split("wedding DJ|life coach|pop star|tour guide|night manager|food critic|ghost hunter|stunt double"),
        ["event"] = Split("meeting|group project|family dinner|deadline|blind date|exam|birthday party|yoga class|job interview"),
        ["vibe"] = Split("pure chaos|main character energy|glitter|self care|zero shame|midnight drama|loud music|romance"),
        ["regret"] = Split("apologies|paying|eye contact|spoilers|commitment|small talk|taxes|voice mail"),
        ["goal"] = Split(
            "inner peace|a pension plan|a six pack|eight hours of sleep|healthy boundaries|a normal weekend|a clean desk|true love"),
    };

    /// <summary>The entries of a list, or null when there is no such list.</summary>
    public static IReadOnlyList<string>? Entries(string list) => Lists.GetValueOrDefault(list);

    private static string[] Split(string entries) => entries.Split('|');
}
