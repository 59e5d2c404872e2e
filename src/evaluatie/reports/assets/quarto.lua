-- What Quarto needs beside its own filters to print the same report as the embedded renderer:
-- callouts in our style instead of icons and scripts, and alt text that reaches Word.

local function typst_of(inlines)
  return pandoc.write(pandoc.Pandoc({ pandoc.Plain(inlines) }), "typst"):gsub("%s+$", "")
end

local function inlines_of(content)
  if type(content) == "string" then return pandoc.Inlines(content) end
  local kind = pandoc.utils.type(content)
  if kind == "Inlines" then return content end
  if kind == "Blocks" then return pandoc.utils.blocks_to_inlines(content) end
  return pandoc.utils.blocks_to_inlines({ content })
end

local function blocks_of(content)
  if pandoc.utils.type(content) == "Block" then
    return content.t == "Div" and content.content or pandoc.Blocks({ content })
  end
  return pandoc.Blocks(content)
end

function Callout(callout)
  local title, kind = inlines_of(callout.title), callout.type
  local content = blocks_of(callout.content)
  if FORMAT:match("typst") then
    return pandoc.Blocks({ pandoc.RawBlock("typst", '#callout("' .. kind .. '", [' ..
      typst_of(title) .. "])[") }) .. content .. pandoc.Blocks({ pandoc.RawBlock("typst", "]") })
  elseif FORMAT:match("docx") then
    local head = pandoc.Para({ pandoc.Strong(title) })
    return pandoc.Div(pandoc.Blocks({ head }) .. content, { ["custom-style"] = "Callout" })
  end
  local head = pandoc.Div({ pandoc.Plain(title) }, pandoc.Attr("", { "callout-title" }))
  return pandoc.Div(pandoc.Blocks({ head }) .. content,
    pandoc.Attr("", { "callout", "callout-" .. kind }, { { "role", "note" } }))
end

-- The Word writer reads the description of an image as its alt text; Quarto leaves it empty.
function Image(image)
  local alt = image.attributes["fig-alt"] or image.attributes["alt"]
  if FORMAT:match("docx") and alt then
    image.caption = pandoc.Inlines(alt)
    return image
  end
end

-- A cell is a block of its own to Quarto, and space above a heading is lost where a block begins.
function Div(div)
  if FORMAT:match("typst") and div.classes:includes("cell") and div.identifier == "" then
    return div.content
  end
end
