using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using PreferenceTuning.Feedback.Provenance;
using PreferenceTuning.Tests.Shared;
using static PreferenceTuning.Feedback.Tests.Provenance.CardTests;

namespace PreferenceTuning.Feedback.Tests.Provenance;

[TestFixture]
public sealed class CroissantTests
{
    [Test]
    public void A_column_of_messages_is_a_repeated_field_of_role_and_content()
    {
        var data = Data() with { Files = [new("train.parquet", "train", 1, 1, new string('a', 64), [("prompt", DataFile.Messages)])] };
        using var json = JsonDocument.Parse(Croissant.Render(data));
        var field = json.RootElement.GetProperty("recordSet")[0].GetProperty("field")[0];

        Assert.That(field.GetProperty("repeated").GetBoolean());
        Assert.That(field.TryGetProperty("dataType", out _), Is.False, "a list of objects is no text");
        Assert.That(
            field.GetProperty("subField").EnumerateArray().Select(part => (
                part.GetProperty("@id").GetString(), part.GetProperty("dataType").GetString(),
                part.GetProperty("source").GetProperty("extract").GetProperty("column").GetString(),
                part.GetProperty("source").GetProperty("transform").GetProperty("jsonPath").GetString())),
            Is.EqualTo(new[] { ("train/prompt/role", "sc:Text", "prompt", "role"), ("train/prompt/content", "sc:Text", "prompt", "content") }));
    }

    [Test]
    public void Croissant_is_JSON_LD_with_the_names_of_the_ontology()
    {
        using var json = JsonDocument.Parse(Croissant.Render(Data()));
        var root = json.RootElement;

        Assert.Multiple(() =>
        {
            Assert.That(root.GetProperty("conformsTo")[0].GetString(), Is.EqualTo("http://mlcommons.org/croissant/1.1"));
            Assert.That(root.GetProperty("@type").GetString(), Is.EqualTo("sc:Dataset"));
            Assert.That(root.GetProperty("rai:annotationsPerItem").GetString(), Is.EqualTo("2"));
            Assert.That(root.GetProperty("rai:dataAnnotationProtocol").GetString(), Does.Contain("EUR per hour"));
            Assert.That(root.GetProperty("pt:compensation").GetProperty("effective_hourly").GetDouble(), Is.EqualTo(57.6));
            Assert.That(root.GetProperty("rai:dataSocialImpact").GetString(), Is.EqualTo("Not known."));
            var unknown = root.GetProperty("pt:notKnown").EnumerateArray().Select(name => name.GetString()).ToList();
            Assert.That(unknown, Is.EqualTo(new[] { "url", "version", "datePublished", "creator" }));
            foreach (var name in new[] { "name", "description", "license", "url", "creator", "datePublished", "version", "citeAs", "inLanguage" })
                Assert.That(root.TryGetProperty(name, out _), Is.Not.EqualTo(unknown.Contains(name)), name);
            var ids = root.GetProperty("distribution").EnumerateArray().Select(file => file.GetProperty("@id").GetString()).ToList();
            foreach (var field in root.GetProperty("recordSet").EnumerateArray().SelectMany(set => set.GetProperty("field").EnumerateArray()))
                Assert.That(ids, Does.Contain(field.GetProperty("source").GetProperty("fileObject").GetProperty("@id").GetString()));
        });
    }

    [Test]
    public void Typed_properties_of_Croissant_have_their_types()
    {
        var data = Data() with { Creators = ["Ana", "Bo"], Published = new DateOnly(2026, 3, 1), Version = "1.0.0", Url = "https://example.org/data" };
        using var json = JsonDocument.Parse(Croissant.Render(data));

        Assert.That(
            json.RootElement.GetProperty("creator").EnumerateArray().Select(one => one.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "Ana", "Bo" }));
        Assert.That(json.RootElement.GetProperty("datePublished").GetString(), Is.EqualTo("2026-03-01"));
        Assert.That(json.RootElement.TryGetProperty("pt:notKnown", out _), Is.False);
    }

    [Test]
    public void Croissant_keeps_the_rules_of_JSON_LD_about_names_and_identifiers()
    {
        using var json = JsonDocument.Parse(Croissant.Render(Data()));
        var context = json.RootElement.GetProperty("@context");
        // Terms that are Croissant's own or Dublin Core's need an entry in the context; the others are schema.org's, which is the
        // vocabulary.
        string[] schemaOrg =
        [
            "name", "description", "license", "citeAs", "inLanguage", "distribution", "contentUrl", "contentSize", "encodingFormat", "sha256", "url",
        ];
        foreach (var name in Names(json.RootElement).Distinct())
        {
            if (name.Split(':') is [var prefix, _])
                Assert.That(context.TryGetProperty(prefix, out _), name);
            else if (!name.StartsWith('@'))
                Assert.That(context.TryGetProperty(name, out _) || schemaOrg.Contains(name), name);
        }

        List<string> defined = [], referred = [];
        Identifiers(json.RootElement, defined, referred);
        Assert.That(defined, Is.Unique, "one identifier names one thing");
        Assert.That(referred.Distinct(), Is.SubsetOf(defined));
        foreach (var set in json.RootElement.GetProperty("recordSet").EnumerateArray())
        {
            foreach (var field in set.GetProperty("field").EnumerateArray())
                Assert.That(field.GetProperty("@id").GetString(), Is.EqualTo($"{set.GetProperty("@id")}/{field.GetProperty("name")}"));
        }
    }

    // Names of properties outside the context; what stands under one of this library's own terms is its own affair.
    private static IEnumerable<string> Names(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Where(property => property.Name != "@context")
            .SelectMany(property => property.Name.StartsWith("pt:", StringComparison.Ordinal) ? [property.Name] : Names(property.Value).Prepend(property.Name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Names),
        _ => [],
    };

    // An object with nothing but @id is a reference (Croissant 1.1, "ID and Reference Mechanism").
    private static void Identifiers(JsonElement value, List<string> defined, List<string> referred)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
                Identifiers(item, defined, referred);
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            if (value.TryGetProperty("@id", out var id))
                (value.EnumerateObject().Count() == 1 ? referred : defined).Add(id.GetString()!);
            foreach (var property in value.EnumerateObject().Where(property => property.Name != "@context"))
                Identifiers(property.Value, defined, referred);
        }
    }

    [Test]
    public void Every_term_of_the_published_context_and_every_RAI_name_is_the_published_one()
    {
        var ontology = GoldenFolder.NeededRealInput("data", "croissant", "croissant_rai.ttl");
        var published = GoldenFolder.NeededRealInput("data", "croissant", "dices-350.metadata.json");

        using var ours = JsonDocument.Parse(Croissant.Render(Data()));
        using var theirs = JsonDocument.Parse(File.ReadAllText(published));
        var names = Regex.Matches(
            File.ReadAllText(ontology), @"^(rai:\w+) a rdf:Property",
            RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToList();
        Assert.That(ours.RootElement.EnumerateObject().Select(property => property.Name).Where(name => name.StartsWith("rai:", StringComparison.Ordinal)), Is.EquivalentTo(names));
        foreach (var term in theirs.RootElement.GetProperty("@context").EnumerateObject())
            Assert.That(JsonElement.DeepEquals(ours.RootElement.GetProperty("@context").GetProperty(term.Name), term.Value), term.Name);
    }
}
