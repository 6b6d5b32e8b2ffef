using System.Globalization;
using System.Net;

namespace PreferenceTuning.Feedback.LabelStudio.Server;

/// <summary>A Label Studio server refused, could not be reached, or answered something that cannot be. Tokens never stand in it.</summary>
public sealed class LabelStudioException : Exception
{
    /// <summary>Says what the server did.</summary>
    /// <param name="problem">What happened and the remedy.</param>
    /// <param name="request">Method and path.</param>
    /// <param name="status">The HTTP status, or null where none came.</param>
    /// <param name="detail">The server's own words, or null.</param>
    /// <param name="cause">The exception below, or null.</param>
    public LabelStudioException(
        string problem, string request, HttpStatusCode? status = null, string? detail = null, Exception? cause = null)
        : base(Describe(problem, request, status, detail), cause)
    {
        Request = request;
        Status = status;
        Detail = detail;
    }

    /// <summary>Method and path of the request.</summary>
    public string Request { get; }

    /// <summary>The HTTP status, or null where none came.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>The server's own words, or null.</summary>
    public string? Detail { get; }

    private static string Describe(string problem, string request, HttpStatusCode? status, string? detail)
    {
        var code = status is { } known ? string.Create(CultureInfo.InvariantCulture, $" answered {(int)known}") : "";
        return $"{request}{code}: {problem}{(detail is null ? "" : $" The server says: {detail}")}";
    }
}
