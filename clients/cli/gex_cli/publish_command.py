"""gex publish FILE."""

from gexapi.v1 import chain_pb2
from rich.text import Text

from gex_cli.amounts import count
from gex_cli.asking import ask
from gex_cli.assumptions import reject_lines
from gex_cli.options import ChainFile
from gex_cli.requests import write_chain
from gex_cli.terminal import console, print_json


def run(file: ChainFile, *, server: str, json: bool) -> None:
    """Send the chain in a file to a server."""
    request = chain_pb2.PublishChainRequest()
    write_chain(file, request.chain)
    if file.spot is not None:
        request.chain.spot = file.spot
    kept = ask("PublishChain", request, chain_pb2.PublishChainResponse, server)
    if json:
        print_json(kept)
        return
    out = console()
    head = f"{kept.underlying} revision {kept.revision} at {server}"
    out.print(Text(f"{head}: {count(kept.kept_row_count)} of {count(kept.row_count)} options kept"))
    for line in reject_lines(kept.rejects, kept.provenance.open_interest):
        out.print(Text(line))
